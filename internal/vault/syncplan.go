package vault

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
)

// SyncPlan describes what sync would do to the config file.
type SyncPlan struct {
	Edits   []awsconf.Edit
	Changes []SyncChange
	There   int // roles that already have a profile
}

// SyncChange describes what sync does with a profile. Account and Role are nil if sync removes
// the profile because its role is gone.
type SyncChange struct {
	Change  Change  `json:"change"`
	Profile string  `json:"profile"`
	Account *string `json:"account"`
	Role    *string `json:"role"`
}

// Change is an action of sync, as JSON spells it.
type Change string

const (
	Added   Change = "add"
	Changed Change = "change"
	Removed Change = "remove"
	Taken   Change = "taken" // no change: the person has another profile of that name
)

// String describes the change for people.
func (c SyncChange) String() string {
	if c.Account == nil {
		return c.Profile
	}
	return c.Profile + "   " + *c.Account + " " + *c.Role
}

// Of returns the changes of one kind.
func (p *SyncPlan) Of(kind Change) (some []SyncChange) {
	for _, c := range p.Changes {
		if c.Change == kind {
			some = append(some, c)
		}
	}
	return some
}

func (p *SyncPlan) note(kind Change, r namedRole) {
	p.Changes = append(p.Changes, SyncChange{kind, r.name, &r.Account, &r.Role})
}

// synced is the config file with what sync knows about it.
type synced struct {
	Sync
	config  *awsconf.Config
	ours    map[string]bool // profiles that sync wrote
	covered map[role]bool   // roles for which the person wrote a profile
}

type role struct{ account, name string }

// Plan compares the roles with the config file. It changes nothing.
func (s Sync) Plan(path string, data []byte, roles SSORoles) (SyncPlan, error) {
	var plan SyncPlan
	f, err := s.read(path, data)
	if err != nil {
		return plan, err
	}
	wanted := map[string]bool{}
	for _, r := range s.named(roles.Roles) {
		if f.covered[role{r.Account, r.Role}] {
			plan.There++
			continue
		}
		if wanted[r.name] { // the name of one role with its account may be that of another role
			plan.note(Taken, r)
			continue
		}
		wanted[r.name] = true
		if err := f.add(&plan, r); err != nil {
			return plan, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.ours)) {
		if f.ours[name] && !wanted[name] && s.Prune && !f.unknown(name, roles.Left) {
			plan.Changes = append(plan.Changes, SyncChange{Change: Removed, Profile: name})
			plan.Edits = append(plan.Edits, awsconf.Edit{Header: profileHeader(name), Drop: true})
		}
	}
	return plan, nil
}

func (s Sync) mark() string { return "sso sync " + s.SSOSession }

func profileHeader(name string) awsconf.Header {
	return awsconf.Header{Kind: awsconf.ConfigFile, Type: awsconf.ProfileSection, Name: name}
}

// read finds out which profiles sync wrote, and which roles need no profile.
func (s Sync) read(path string, data []byte) (*synced, error) {
	file, err := awsconf.Parse(path, awsconf.ConfigFile, data)
	if err != nil {
		return nil, err
	}
	f := &synced{Sync: s, config: awsconf.Merge(file, nil), ours: map[string]bool{}, covered: map[role]bool{}}
	for _, h := range file.Marked(s.mark()) {
		f.ours[h.Name] = h.Type == awsconf.ProfileSection
	}
	for _, name := range f.config.Names() {
		p, err := f.config.Profile(name)
		if err != nil || f.ours[name] {
			continue // only the person can fix a faulty section
		}
		if setting(p, "sso_session") == s.SSOSession {
			f.covered[role{setting(p, "sso_account_id"), setting(p, "sso_role_name")}] = true
		}
	}
	return f, nil
}

// add plans the profile of a role.
func (f *synced) add(plan *SyncPlan, r namedRole) error {
	set := []awsconf.KV{{Key: "sso_session", Value: f.SSOSession}, {Key: "sso_account_id", Value: r.Account}, {Key: "sso_role_name", Value: r.Role}}
	switch {
	case f.ours[r.name]:
		p, err := f.config.Profile(r.name)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(set, func(kv awsconf.KV) bool { return setting(p, kv.Key) != kv.Value }) {
			plan.There++
			return nil
		}
		plan.note(Changed, r)
		plan.Edits = append(plan.Edits, awsconf.Edit{Header: profileHeader(r.name), Set: set})
	case f.config.Has(r.name):
		plan.note(Taken, r)
	default:
		if f.Region != "" {
			set = append(set, awsconf.KV{Key: "region", Value: f.Region})
		}
		plan.note(Added, r)
		plan.Edits = append(plan.Edits, awsconf.Edit{Header: profileHeader(r.name), Set: set, New: true, Mark: f.mark()})
	}
	return nil
}

// unknown reports whether the roles of the profile's account are unknown, so that the profile
// may still be valid.
func (f *synced) unknown(name string, left []string) bool {
	p, err := f.config.Profile(name)
	return err == nil && slices.Contains(left, setting(p, "sso_account_id"))
}

func setting(p *awsconf.Profile, key string) string {
	v, _ := p.Get(key)
	return strings.TrimSpace(v.Text)
}

// placeholders lists the placeholders of a template.
func placeholders() []string {
	return []string{"{account}", "{account_id}", "{role}", "{session}", "{email}"}
}

// CheckTemplate refuses a template without a placeholder, or with an unknown one.
func CheckTemplate(template string) error {
	rest := template
	for _, p := range placeholders() {
		rest = strings.ReplaceAll(rest, p, "")
	}
	if strings.ContainsAny(rest, "{}") || rest == template {
		return fault.NewUsage(fmt.Sprintf("--name %q is not a template", template), "it is made of "+strings.Join(placeholders(), " "))
	}
	return nil
}

type namedRole struct {
	SSORole
	name string
}

// named gives each role a name. Two roles with the same name both get the account ID added, so
// that names do not depend on the order.
func (s Sync) named(roles []SSORole) []namedRole {
	out := make([]namedRole, len(roles))
	count := map[string]int{}
	for i, r := range roles {
		account := r.AccountName
		if account == "" {
			account = r.Account
		}
		name := strings.NewReplacer("{account}", nameable(account), "{account_id}", nameable(r.Account),
			"{role}", nameable(r.Role), "{session}", nameable(s.SSOSession), "{email}", nameable(r.Email)).Replace(s.Template)
		out[i] = namedRole{r, name}
		count[name]++
	}
	for i := range out {
		// All other profiles inherit from [default].
		if r := &out[i]; count[r.name] > 1 || r.name == "default" {
			r.name += "-" + r.Account
			if strings.Contains(s.Template, "{account_id}") || !strings.Contains(s.Template, "{role}") {
				r.name += "-" + nameable(r.Role)
			}
		}
	}
	return out
}

// nameable turns any text into part of a profile name that an .awsprofile may contain and no
// shell has to quote.
func nameable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < 0x80 && strings.ContainsRune(upper+lower+digits+"._@+=-", r) {
			return r
		}
		return '-'
	}, text)
	return strings.Trim(text, "-")
}
