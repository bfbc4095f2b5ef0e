package resolve

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// SessionKey names a session in the cache.
type SessionKey struct{ Type, Profile, Hash string }

// keyed is what decides a session: if any of it differs, so does the session.
// Fields may be added, which renames all sessions once; none may be taken away.
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
}

// CacheKey is a hash of everything that goes into the session of this step.
// before is the key of the step before it, or for the first session of a chain
// the access key id that it is made with.
//
// For GetSessionToken the region does not count, only its partition: the session
// is good in every region, and to ask for an MFA code for each would be a
// nuisance. AWS's own regional endpoints count as one then, an endpoint that
// somebody configured by its URL.
func (s Step) CacheKey(before string) string {
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
		Where: where,
	}
	switch s.Kind {
	case Process:
		k.Source = []string{s.Profile, s.Command}
	case WebIdentity:
		k.Source = []string{s.TokenFile, s.TokenProcess}
	case SSO:
		k.Source = []string{s.SignIn.Session, s.SignIn.StartURL, s.SignIn.Region, s.SignIn.Portal.URL, s.SSOAccount, s.SSORole}
	}
	// An empty list is the same as none.
	k.Tags = append(k.Tags, s.Tags...)
	k.TransitiveTags = append(k.TransitiveTags, s.TransitiveTags...)
	text, err := json.Marshal(k)
	if err != nil {
		panic(fmt.Sprintf("a struct of strings and numbers: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// sessionKeys are the names of the sessions of a plan in the cache, step by
// step. keyID is the access key id that the plan begins with.
func (p *Plan) sessionKeys(keyID string) []SessionKey {
	keys := make([]SessionKey, len(p.Steps))
	hash := keyID
	for i, s := range p.Steps {
		if !s.Kind.cacheable() {
			continue
		}
		hash = s.CacheKey(hash)
		keys[i] = SessionKey{Type: s.Kind.sessionType(), Profile: s.Profile, Hash: hash}
	}
	return keys
}

// sessionType is aws-vault's word for a session of this kind.
func (k Kind) sessionType() string {
	switch k {
	case Process:
		return "credential_process"
	case SSO:
		return "sso.GetRoleCredentials"
	}
	return "sts." + k.String()
}
