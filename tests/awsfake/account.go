package awsfake

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Account is an AWS account. It begins with a root user without keys.
type Account struct {
	ID string

	state *state
	alias string
	root  *User
	users map[string]*User // by name
}

// User is an IAM user, or the root user of an account.
type User struct {
	Name, Path string // of the root user: empty
	ID         string // AIDA…; of the root user: the account id

	account *Account
	created time.Time
	keys    []*accessKey
	devices []*Device

	password int // how often it was changed
}

// Key is a pair of long-lived keys.
type Key struct{ ID, Secret string }

// accessKey is a Key with its state. A change takes effect only after a delay, so the key
// also has its previous status.
type accessKey struct {
	Key
	user        *User
	status, was keyStatus
	effective   time.Time // of status; zero: long ago
	created     time.Time
	used        lastUse
}

type keyStatus string

const (
	active   keyStatus = "Active"
	inactive keyStatus = "Inactive"
	deleted  keyStatus = "" // also: not yet created
)

type lastUse struct {
	at              time.Time // zero: never
	service, region string
}

// Account returns the account with a 12-digit id. The first call with an id creates the
// account.
func (s *Server) Account(id string) *Account {
	if !isAccountID(id) {
		panic(fmt.Sprintf("awsfake: account id %q is not 12 digits", id))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[id]
	if a == nil {
		a = &Account{ID: id, state: s.state, users: map[string]*User{}}
		a.root = &User{ID: id, account: a, created: s.clock.Now()}
		s.accounts[id] = a
	}
	return a
}

func isAccountID(id string) bool { return regexp.MustCompile(`^\d{12}$`).MatchString(id) }

// ARN returns the account as a principal, which stands for everyone in it.
func (a *Account) ARN() string { return a.state.arn("iam", a.ID, "root") }

// Root returns the account's root user.
func (a *Account) Root() *User { return a.root }

// SetAlias sets the alias that ListAccountAliases returns.
func (a *Account) SetAlias(alias string) {
	a.state.mu.Lock()
	defer a.state.mu.Unlock()
	a.alias = alias
}

// name returns the account's name in the portal.
func (a *Account) name() string {
	if a.alias != "" {
		return a.alias
	}
	return "account-" + a.ID
}

// AddUser creates an IAM user. The name may begin with a path: "/team/jon".
func (a *Account) AddUser(name string) *User {
	a.state.mu.Lock()
	defer a.state.mu.Unlock()
	dir, base := path.Split(name)
	if !strings.HasPrefix(dir, "/") {
		dir = "/" + dir
	}
	if base == "" || a.users[base] != nil {
		panic(fmt.Sprintf("awsfake: user %q is nameless, or there already", name))
	}
	u := &User{Name: base, Path: dir, ID: newID("AIDA"), account: a, created: a.state.clock.Now()}
	a.users[base] = u
	return u
}

// ARN returns the user as a principal.
func (u *User) ARN() string {
	if u.isRoot() {
		return u.account.ARN()
	}
	return u.account.state.arn("iam", u.account.ID, "user"+u.Path+u.Name)
}

func (u *User) isRoot() bool { return u == u.account.root }

// AddKey gives the user a new pair of keys, which is valid at once.
func (u *User) AddKey() Key {
	return u.AddKeyPair(newKeyID("AKIA", u.account.ID), newSecret())
}

// AddKeyPair is AddKey with a pair that the test chooses.
func (u *User) AddKeyPair(id, secret string) Key {
	st := u.account.state
	st.mu.Lock()
	defer st.mu.Unlock()
	if len(u.liveKeys()) == 2 {
		panic(fmt.Sprintf("awsfake: user %q has two keys already", u.Name))
	}
	k := u.newKey(Key{id, secret})
	k.created = st.clock.Now()
	return k.Key
}

func (u *User) newKey(pair Key) *accessKey {
	k := &accessKey{Key: pair, user: u, status: active}
	u.keys = append(u.keys, k)
	u.account.state.keys[pair.ID] = k
	return k
}

// liveKeys returns the keys that count against the limit and that ListAccessKeys shows.
func (u *User) liveKeys() []*accessKey {
	return slices.DeleteFunc(slices.Clone(u.keys), func(k *accessKey) bool { return k.status == deleted })
}

// SetKeyActive activates or deactivates a key at once, and reports whether the key exists.
func (s *Server) SetKeyActive(id string, on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keys[id]
	if k == nil || k.status == deleted {
		return false
	}
	k.status, k.effective = inactive, time.Time{}
	if on {
		k.status = active
	}
	return true
}

// AgeKey makes a key older, and reports whether the key exists.
func (s *Server) AgeKey(id string, by time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keys[id]
	if k != nil {
		k.created = k.created.Add(-by)
	}
	return k != nil
}

// change sets a status that takes effect in the rest of AWS after the delay.
func (k *accessKey) change(to keyStatus, effective time.Time) {
	k.was, k.status, k.effective = k.status, to, effective
}

// valid reports whether the key may sign now.
func (k *accessKey) valid(now time.Time) bool {
	if now.Before(k.effective) {
		return k.was == active
	}
	return k.status == active
}
