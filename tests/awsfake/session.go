package awsfake

import (
	"slices"
	"strings"
	"time"
)

// SessionKind is the call that created temporary credentials. It decides what they may call.
type SessionKind string

// The kinds of session.
const (
	UserSession       SessionKind = "GetSessionToken"
	RoleSession       SessionKind = "AssumeRole"
	FederationSession SessionKind = "GetFederationToken"
	LoginSession      SessionKind = "CreateOAuth2Token" // of aws login
)

// Session is a set of temporary credentials that the fake has issued.
type Session struct {
	Kind           SessionKind
	AccessKeyID    string
	ARN, UserID    string // as GetCallerIdentity tells them
	Account        string
	Parent         string    // access key id that asked for it
	MFA            time.Time // of the code behind it; zero: aws:MultiFactorAuthPresent is absent
	Tags           []Tag
	TransitiveTags []string // keys, those inherited included
	SourceIdentity string
	Policies       []*policy // that narrow it; none: it may do all that its role may
	Issued         time.Time // aws:TokenIssueTime
	Expires        time.Time

	secret, token string
	user          *User // of a UserSession or LoginSession
	role          *role // of a RoleSession
}

// Tag is a session tag.
type Tag struct{ Key, Value string }

// Session returns what the fake knows about issued credentials.
func (s *Server) Session(accessKeyID string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.sessions[accessKeyID]
	if found == nil {
		return Session{}, false
	}
	return *found, true
}

// Expire ends issued credentials now, without moving the clock. It reports whether credentials
// with that id exist.
func (s *Server) Expire(accessKeyID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.sessions[accessKeyID]
	if found == nil {
		return false
	}
	found.Expires = s.clock.Now()
	return true
}

// ExpireAhead adds d to the Expiration in answers with credentials, as it looks to a client
// whose clock is slow by d. The credentials themselves do not last longer.
func (s *Server) ExpireAhead(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.aheadOf = d
}

// Shorten makes STS sessions end after d at the latest. d may be shorter than AWS's minimum,
// so that a test can see several sessions in a short time. Zero removes the limit.
func (s *Server) Shorten(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.longest = d
}

// issued is the common part of all answers with credentials.
type issued struct {
	Credentials             credentials
	SessionTokenSize        int
	SessionTokenUtilization int // percent of the most
}

type credentials struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

// issue makes new credentials for a session.
func (q *request) issue(s Session, life time.Duration) issued {
	size := max(q.tokenSize, q.params.integer("MinimumSessionTokenSize"))
	s.Parent = q.caller.keyID
	if q.longest > 0 {
		life = min(life, q.longest)
	}
	got := q.grant(s, q.now.Add(life), size)
	return issued{credentials{got.AccessKeyID, got.secret, got.token, stamp(got.Expires.Add(q.aheadOf))}, size, size * 100 / maxToken}
}

// grant is issue for services other than STS.
func (st *state) grant(s Session, expires time.Time, tokenSize int) *Session {
	s.AccessKeyID = newKeyID("ASIA", s.Account)
	s.secret, s.token = newSecret(), newToken(tokenSize)
	s.Issued = st.clock.Now().UTC().Truncate(time.Second)
	s.Expires = expires.UTC().Truncate(time.Second)
	st.sessions[s.AccessKeyID] = &s
	return &s
}

// roleSession returns a session of a role for a service other than STS.
func (st *state) roleSession(r *role, name string) Session {
	return Session{
		Kind: RoleSession, Account: r.account, role: r,
		UserID: r.id + ":" + name, ARN: st.arn("sts", r.account, "assumed-role/"+r.Name+"/"+name), // without the role's path
	}
}

// transitive returns the tags that a session passes on.
func (s *Session) transitive() []Tag {
	if s == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Tags), func(t Tag) bool { return !containsKey(s.TransitiveTags, t.Key) })
}

// containsKey reports whether keys contains a tag key. It ignores case.
func containsKey(keys []string, key string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) })
}
