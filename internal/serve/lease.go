package serve

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"awsvault/internal/aws"
)

// Grant describes what a lease provides.
type Grant struct {
	Name   string // the name in messages and in the log: the profile
	Region string // for programs that ask the metadata service
	Source Source
	// Have are credentials that exist already, or the zero Answer.
	Have Answer
	// Role returns the source of a role to assume with the lease's credentials, by the role's
	// ARN. If it is nil, programs cannot ask for roles; ErrNoRole refuses one role.
	Role func(arn string) (Source, error)
	// Until is when the lease ends by itself; zero: never.
	Until time.Time
	// As is an existing lease that programs already use; the zero Lease: make a new one.
	As Lease
	// Hash is the hash of As's token, if the token itself is unknown.
	Hash Hash
	// Metadata makes the metadata service provide this lease. Only one lease can have it.
	Metadata bool
}

// Lease is the address and the token that a program needs.
type Lease struct {
	ID    string // in the path
	Token string // in the header; the server keeps only its hash
}

// Hash is the hash of a token. The server stores no tokens.
type Hash [sha256.Size]byte

// HashOf returns the hash of a token.
func HashOf(token string) Hash { return sha256.Sum256([]byte(token)) }

// Path returns the path of a lease's address.
func (l Lease) Path() string { return containerPath + l.ID }

// containerPath comes before the ID of a lease. Programs written in Ruby need a path that is
// not empty, and drop a query.
const containerPath = "/l/"

type lease struct {
	Grant
	supply
	roles map[string]*supply
	idle  bool // no longer renewed, only served until it ends
	ended bool // revoked
}

// obtain gets the credentials of one of a lease's supplies. A request that waited while the
// lease was revoked gets nothing.
func (l *lease) obtain(from *supply) (Answer, error) {
	now := func() (idle, ended bool) {
		l.server.mu.Lock()
		defer l.server.mu.Unlock()
		return l.idle, l.ended
	}
	idle, _ := now()
	got, err := from.get(idle)
	if _, ended := now(); ended {
		return Answer{}, errOff
	}
	return got, err
}

// maxRoles is how many roles a lease remembers.
const maxRoles = 64

// Grant makes a lease.
func (s *Server) Grant(g Grant) Lease {
	l := g.As
	if l == (Lease{}) {
		l = newLease()
	}
	g.As = Lease{} // the lease stores no token
	if g.Hash == (Hash{}) {
		g.Hash = HashOf(l.Token)
	}
	made := &lease{Grant: g, supply: supply{server: s, name: g.Name, source: g.Source}, roles: map[string]*supply{}}
	if g.Have.AccessKeyID != "" {
		made.keep(s.now(), time.Time{}, g.Have, nil)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leases[l.ID] = made
	if g.Metadata {
		s.metadata = made
	}
	return l
}

func newLease() Lease {
	id, token := make([]byte, 16), make([]byte, 32)
	rand.Read(id)
	rand.Read(token)
	return Lease{
		ID:    strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(id)),
		Token: base64.RawURLEncoding.EncodeToString(token),
	}
}

// ParseLease checks the path and the token of a lease that another server made.
func ParseLease(path, token string) (Lease, bool) {
	id, ok := strings.CutPrefix(path, containerPath)
	return Lease{id, token}, ok && len(id) == 26 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == "" && len(token) == 43 && strings.Trim(token, tokenLetters) == ""
}

const tokenLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// Revoke ends a lease: its next request is refused.
func (s *Server) Revoke(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.leases[id]
	if l == nil {
		return
	}
	if l.ended = true; l == s.metadata {
		s.metadata = nil
	}
	delete(s.leases, id)
}

// retired is how long at most a lease is served after its owner has gone.
const retired = 24 * time.Hour

// Retire stops the renewal of a lease whose owner has gone. Its credentials are served until
// they expire, so a running job is not interrupted. After a day it ends, because the port may
// then belong to another program.
func (s *Server) Retire(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.leases[id]; l != nil {
		l.idle = true
		if end := s.now().Add(retired); l.Until.IsZero() || l.Until.After(end) {
			l.Until = end
		}
	}
}

// find returns the lease with that ID, if the token is right. It takes equally long for an
// unknown ID and for a wrong token.
func (s *Server) find(id, token string) *lease {
	given := HashOf(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	l, known := s.leases[id]
	want := Hash{}
	if known {
		want = l.Hash
	}
	if subtle.ConstantTimeCompare(given[:], want[:]) != 1 || !known {
		return nil
	}
	if !l.Until.IsZero() && !s.now().Before(l.Until) {
		return nil
	}
	return l
}

// nameOf returns the name of a lease for the log.
func (s *Server) nameOf(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.leases[id]; l != nil {
		return l.Name
	}
	return ""
}

// live returns the supplies to keep fresh.
func (s *Server) live() (all []*supply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.leases {
		if l.idle || !l.Until.IsZero() && !s.now().Before(l.Until) {
			continue
		}
		all = append(all, &l.supply)
		for _, role := range l.roles {
			all = append(all, role)
		}
	}
	return all
}

// Role reports whether text is the ARN of a role, or a pattern that the ARN of a role can match.
func Role(text string) bool {
	fixed, _, pattern := strings.Cut(text, "*")
	if !pattern {
		arn, ok := aws.ParseGlobalARN(text, "iam")
		_, role := arn.RoleName()
		return ok && role
	}
	parts := strings.SplitN(fixed, ":", 6)
	last := len(parts) - 1
	may := func(i int, want string) bool { // the last part may be only the beginning
		return i > last || i < last && parts[i] == want || i == last && strings.HasPrefix(want, parts[i])
	}
	return may(0, "arn") && may(2, "iam") && may(3, "") && (may(5, "role/") || strings.HasPrefix(parts[5], "role/"))
}

// RolesLike returns a Grant's Role function that only allows roles whose ARN matches one of
// the patterns, in which * matches any text. of provides their sources. Without patterns it
// allows none.
func RolesLike(patterns []string, of func(arn string) (Source, error)) func(arn string) (Source, error) {
	if len(patterns) == 0 || of == nil {
		return nil
	}
	return func(arn string) (Source, error) {
		if !slices.ContainsFunc(patterns, func(pattern string) bool { return like(pattern, arn) }) {
			return nil, ErrNoRole
		}
		return of(arn)
	}
}

func like(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1:last] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[last])
}

// role returns the supply of a role. It makes the supply at the first request.
func (s *Server) role(l *lease, arn string) (*supply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := l.roles[arn]; known != nil {
		return known, nil
	}
	if len(l.roles) >= maxRoles {
		return nil, errTooManyRoles
	}
	source, err := l.Role(arn)
	if err != nil {
		return nil, err
	}
	made := &supply{server: s, name: l.Name, source: source}
	l.roles[arn] = made
	return made, nil
}
