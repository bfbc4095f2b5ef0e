package vault

import (
	"context"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
)

// These documents show a dry run to programs. Each is printed as one JSON object.

// CheckDryRunJSON refuses --json without --dry-run: the real run asks questions on the way,
// and has no document.
func CheckDryRunJSON(json, dryRun bool) error {
	if json && !dryRun {
		return fault.NewUsage("--json is for --dry-run", "--dry-run --json   prints what would be done")
	}
	return nil
}

// SyncDocument lists what `sso sync` would change in the config file.
type SyncDocument struct {
	Schema     int          `json:"schema"`
	SSOSession string       `json:"sso_session"`
	File       string       `json:"file"`
	Changes    []SyncChange `json:"changes"`
	Unchanged  int          `json:"unchanged"` // roles that already have a profile
}

func (s Sync) document(p SyncPlan, file string) SyncDocument {
	d := SyncDocument{Schema: 1, SSOSession: s.SSOSession, File: file, Changes: p.Changes, Unchanged: p.There}
	if d.Changes == nil {
		d.Changes = []SyncChange{} // a list instead of null
	}
	return d
}

// ImportDocument lists what an import would store.
type ImportDocument struct {
	Schema  int         `json:"schema"`
	Backend string      `json:"backend"`
	Keys    []ImportKey `json:"keys"`
}

// ImportKey is one key of an ImportDocument. Action is "store", "replace", "none" (the same
// key is already stored) or "skip".
type ImportKey struct {
	Action  string  `json:"action"`
	Profile string  `json:"profile"`
	KeyID   *string `json:"access_key_id"` // null: not known, or not shown because it does not look like an ID
	At      *string `json:"at"`            // file and line; null: from another keystore
	Reason  *string `json:"reason"`        // why the key is skipped
}

// print hands over what an import would do with each key.
func (i Import) print(ctx context.Context, keys []*Candidate) error {
	d := ImportDocument{Schema: 1, Backend: i.Backend, Keys: []ImportKey{}}
	for _, k := range keys {
		_, replaces, err := i.judge(ctx, k)
		if err != nil {
			return err
		}
		d.Keys = append(d.Keys, k.entry(replaces))
	}
	return i.Print(d)
}

// entry returns what the import has decided about the key.
func (k *Candidate) entry(replaces bool) ImportKey {
	e := ImportKey{Action: "store", Profile: k.Profile, At: &k.At}
	if aws.IsKeyID(k.Key.AccessKeyID) {
		e.KeyID = &k.Key.AccessKeyID
	}
	switch {
	case k.Leave != "":
		e.Action, e.Reason = "skip", &k.Leave
	case k.Stored:
		e.Action = "none"
	case replaces:
		e.Action = "replace"
	}
	return e
}

// print hands over what a migration would do with each key. It reads no key.
func (m Migrate) print(ctx context.Context, names []string) error {
	d := ImportDocument{Schema: 1, Backend: m.To.Name, Keys: []ImportKey{}}
	for _, name := range names {
		has, err := m.To.Has(ctx, name)
		if err != nil {
			return err
		}
		key := ImportKey{Action: "store", Profile: name}
		switch {
		case has && m.Overwrite:
			key.Action = "replace"
		case has:
			reason := m.To.Name + " has a key for it, which stays"
			key.Action, key.Reason = "skip", &reason
		}
		d.Keys = append(d.Keys, key)
	}
	return m.Print(d)
}
