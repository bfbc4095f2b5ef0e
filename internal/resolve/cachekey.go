package resolve

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/jsonout"
)

// keyed holds everything that distinguishes a session from others. A new field changes the
// names of all sessions once. No field may be removed.
type keyed struct {
	Version        int
	Before         string
	Kind           string
	Seconds        int64
	MFASerial      string
	RoleARN        string
	SessionName    string
	ExternalID     string
	SourceIdentity string
	Tags           []Tag
	TransitiveTags []string
	Where          []string
	Source         []string `json:",omitempty"`
	Narrowed       []string `json:",omitempty"` // the document, then the ARNs
	Agent          bool     `json:",omitempty"`
}

// CacheKey returns a hash of everything that distinguishes the session of this step. before is
// the key of the step before it, or for the first session of a chain the ID of its access key.
//
// For GetSessionToken, only the partition of the region counts: the session is valid in every
// region, and an MFA code for each of them would be a nuisance. AWS's own regional endpoints
// count as one, and a configured endpoint counts by its URL. The duration does not count for a
// session that needs a code or a passphrase: one such session serves for roles and for the
// user; see Own.
func (s Step) CacheKey(before string) string {
	if s.bought() {
		s.Duration = 0
	}
	return s.keyWithTime(before)
}

// bought reports whether the session needs a code or a passphrase, and serves for everything
// that its user does.
func (s Step) bought() bool { return s.Kind == GetSessionToken && (s.MFASerial != "" || s.Primes) }

func (s Step) keyWithTime(before string) string {
	where := []string{s.Endpoint.URL, s.Endpoint.Region}
	if s.Kind == GetSessionToken {
		where[1] = partitionOf(s.Endpoint.Region)
		if s.Endpoint.From == "" {
			where[0] = ""
		}
	}
	k := keyed{
		Version: 1, Before: before, Kind: s.Kind.String(), Seconds: int64(s.Duration.Seconds()), MFASerial: s.MFASerial,
		RoleARN: s.RoleARN, SessionName: s.SessionName, ExternalID: s.ExternalID, SourceIdentity: s.SourceIdentity,
		Where: where, Agent: s.Agent,
	}
	switch s.Kind {
	case Process:
		k.Source = []string{s.Profile, s.Command}
	case WebIdentity:
		k.Source = []string{s.TokenFile, s.TokenProcess}
	case SSO:
		k.Source = []string{s.SignIn.Session, s.SignIn.StartURL, s.SignIn.Region, s.SignIn.Portal.URL, s.SSOAccount, s.SSORole}
	}
	if s.Policy != "" || len(s.PolicyARNs) > 0 {
		k.Narrowed = append([]string{s.Policy}, s.PolicyARNs...)
	}
	// An empty list is the same as none.
	k.Tags = append(k.Tags, s.Tags...)
	k.TransitiveTags = append(k.TransitiveTags, s.TransitiveTags...)
	sum := sha256.Sum256(k.json())
	return hex.EncodeToString(sum[:])
}

// json writes the value as encoding/json does, but without reflection. A test checks that no
// field is missing.
func (k keyed) json() []byte {
	var w jsonout.Writer
	w.Open('{')
	w.Name("Version")
	w.Number(int64(k.Version))
	for _, f := range [...]struct{ name, text string }{{"Before", k.Before}, {"Kind", k.Kind}} {
		w.Name(f.name)
		w.Text(f.text)
	}
	w.Name("Seconds")
	w.Number(k.Seconds)
	for _, f := range [...]struct{ name, text string }{
		{"MFASerial", k.MFASerial}, {"RoleARN", k.RoleARN}, {"SessionName", k.SessionName}, {"ExternalID", k.ExternalID}, {"SourceIdentity", k.SourceIdentity},
	} {
		w.Name(f.name)
		w.Text(f.text)
	}
	w.Name("Tags")
	k.tags(&w)
	for _, f := range [...]struct {
		name string
		list []string
	}{{"TransitiveTags", k.TransitiveTags}, {"Where", k.Where}, {"Source", k.Source}, {"Narrowed", k.Narrowed}} {
		if f.name != "Source" && f.name != "Narrowed" || len(f.list) > 0 {
			w.Name(f.name)
			w.Texts(f.list)
		}
	}
	if k.Agent {
		w.Name("Agent")
		w.Bool(true)
	}
	w.Close('}')
	return w.Bytes
}

func (k keyed) tags(w *jsonout.Writer) {
	if k.Tags == nil {
		w.Null()
		return
	}
	w.Open('[')
	for _, tag := range k.Tags {
		w.Open('{')
		w.Name("Key")
		w.Text(tag.Key)
		w.Name("Value")
		w.Text(tag.Value)
		w.Close('}')
	}
	w.Close(']')
}

// SessionKeys returns the names of the plan's sessions in the cache, step by step; the zero
// key for a step that is not cached. keyID is the ID of the access key that the plan begins
// with, or the text that [Plan.SourceID] returns instead.
func (p *Plan) SessionKeys(keyID string) []aws.SessionKey {
	keys := make([]aws.SessionKey, len(p.Steps))
	hash := keyID
	for i, s := range p.Steps {
		if !s.Kind.Cacheable() {
			continue
		}
		hash = s.CacheKey(hash)
		keys[i] = aws.SessionKey{Type: s.Kind.sessionType(), Profile: s.Profile, Hash: hash}
	}
	return keys
}

// Own names the session for a user who wants a shorter one than the cached one, see
// [Step.Most]; the zero key if the user does not.
func (p *Plan) Own(keyID string) aws.SessionKey {
	s := p.Last()
	if s.Most == 0 {
		return aws.SessionKey{}
	}
	return aws.SessionKey{Type: s.Kind.sessionType(), Profile: s.Profile, Hash: s.keyWithTime(keyID)}
}

// SourceID distinguishes the sources that a plan can begin with. Stored keys can only be told
// apart by the keystore; stored is then true.
func (p *Plan) SourceID(getenv func(string) string) (id string, stored bool) {
	base := p.Steps[0]
	switch {
	case len(p.Steps) == 1, base.Kind.Cacheable(): // a cached source is distinguished by its own key
		return "", false
	case base.Kind == FileKeys:
		return p.fileKeys.AccessKeyID, false
	case base.Kind == Environment:
		return getenv("AWS_ACCESS_KEY_ID"), false
	case base.Kind == StoredKeys:
		return "", true
	}
	return strings.Join([]string{base.Kind.String(), base.Endpoint.URL, base.LoginSession}, "\n"), false
}

// sessionType returns aws-vault's word for a session of this kind.
func (k Kind) sessionType() string {
	switch k {
	case Process:
		return "credential_process"
	case SSO:
		return "sso.GetRoleCredentials"
	}
	return "sts." + k.String()
}
