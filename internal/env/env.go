// Package env decides what an activation does to a shell's environment: which variables to
// set, unset, put aside and restore, and how each shell spells that.
//
// The package is pure: it takes the current environment and the state variable, and returns
// a Change. It never reads the process's environment itself. It does not know files, the
// clock, keystores, the network, or how credentials are obtained.
package env

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"awsvault/internal/aws"
	"awsvault/internal/line"
)

// Vars is an environment as data: names and values.
type Vars map[string]string

// Target describes the activation that Use makes.
type Target struct {
	Profile     string
	Region      string // empty: unknown, and the shell's own region variables stay
	Credentials aws.Credentials
	Endpoints   Endpoints // the profile's; where it has none, the shell's own stay
	Server      Server    // used instead of Credentials, unless it is zero
	ByProfile   bool      // AWS_PROFILE instead of Credentials: programs follow the profile's settings
	About       About
}

// Server is a credential server, which programs ask for the credentials.
type Server struct {
	URI, Token string // for the container protocol
	Metadata   string // the address of a metadata service
}

// Action says what to do with one variable.
type Action int

const (
	// Set exports the value.
	Set Action = iota
	// Unset removes the variable.
	Unset
	// Keep copies the present value into a variable that is not exported. The shell copies it;
	// the value does not pass through this program.
	Keep
	// Restore exports what Keep has put aside, and removes the copy.
	Restore
	// Drop removes what Keep has put aside.
	Drop
)

// Op is one step of a Change.
type Op struct {
	Name   string
	Action Action
	Value  string // only for Set
	Secret bool   // Value must not be shown, traced or logged
}

// Change lists what to do to a shell, sorted by name. Keep comes before the other actions on
// the same name.
type Change []Op

// Lost are the variables that were set before the activation, in an outer shell
// whose copies this shell does not have, and those that need them. Off leaves them unset.
type Lost []string

// CheckProfile refuses a profile name that could not be displayed or read back.
func CheckProfile(name string) error {
	if name == "" || len(name) > maxText || !plain(name) {
		return fmt.Errorf("the profile name %q has characters that cannot be used", name)
	}
	return nil
}

// Use makes t active. now is the present environment, active is the state found in it (zero if
// vault has activated nothing), and kept are the names whose values this shell keeps aside.
//
// A second Use on top of a first keeps the values from before the first. What the user changed
// in between counts as the user's own.
//
// key authenticates the new state. Use fails only for a profile name that could not be
// displayed or read back, and for more variables than a state can hold.
func Use(now Vars, active State, kept map[string]bool, t Target, key Key) (Change, State, error) {
	if err := CheckProfile(t.Profile); err != nil {
		return nil, active, err
	}
	t.About.clean()
	next := State{Profile: t.Profile, Previous: active.Previous, About: t.About, Vars: map[string]Record{}, Authentic: len(key) > 0}
	if active.Profile != "" && active.Profile != t.Profile {
		next.Previous = active.Profile
	}
	want := wanted(t, now, active)
	l := loaded(now)
	change := l.mended(active)
	for _, v := range concerned(want, active.Vars) {
		base, fresh := original(v, now, active, l)
		value, touch := want[v.name]
		switch {
		case !touch && fresh:
			continue
		case !touch:
			change = append(change, backTo(v.name, l.over(v, base), now, kept)...)
			continue
		case value == nil && base.Kind == wasAbsent && !has(now, v.name) && !l.touches(v.name):
			continue // there is nothing to remove or to restore
		}
		if base.Kind == wasKept {
			if fresh {
				change = append(change, Op{Name: v.name, Action: Keep})
			}
		} else if kept[v.name] {
			change = append(change, Op{Name: v.name, Action: Drop})
		}
		change = append(change, to(v, value, now)...)
		next.Vars[v.name] = Record{Before: base, Ours: fingerprint(value)}
	}
	if len(next.Vars) > len(managed) && (len(next.Vars) > maxVars || len(next.Encode(key)) > maxState) {
		return nil, active, errors.New("there are too many AWS_BEARER_TOKEN_ and AWS_ENDPOINT_URL_ variables to bring back")
	}
	return change.with(now, next, key), next, nil
}

// Untouched fails if the credentials, or their expiry, differ from what vault set. They are
// then the user's own, or the state comes from another shell.
func Untouched(now Vars, active State) error {
	for _, name := range active.About.leading() {
		if r, ok := active.Vars[name]; !ok || !r.Ours.matches(now, name) {
			return &ChangedError{Name: name, Profile: active.Profile}
		}
	}
	for _, name := range []string{"AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_TOKEN"} {
		if r, ok := active.Vars[name]; ok && !r.Ours.matches(now, name) {
			return &ChangedError{Name: name, Profile: active.Profile}
		}
	}
	return nil
}

// leading returns the variables through which programs find the credentials.
func (a About) leading() []string {
	switch a.Via {
	case ViaServer:
		return []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"}
	case ViaProfile:
		return []string{"AWS_PROFILE"}
	}
	return []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
}

// Refresh replaces the credentials, their expiry and their account, and nothing else. It keeps
// an account that the user has set. It fails as [Untouched] does. key authenticates the new
// state. A renewal that the person has not asked for passes no key if the old state is not
// authentic.
func Refresh(now Vars, active State, c aws.Credentials, account string, key Key) (Change, State, error) {
	if err := Untouched(now, active); err != nil {
		return nil, active, err
	}
	want := credentials(c, account)
	if r, ok := active.Vars["AWS_ACCOUNT_ID"]; ok && !r.Ours.matches(now, "AWS_ACCOUNT_ID") {
		delete(want, "AWS_ACCOUNT_ID")
	}
	next := active
	if account != "" {
		next.About.Account = account
		next.About.clean()
	}
	change, next := replaced(now, active, next, want, key)
	return change, next, nil
}

// Lead directs programs to another server, or to another lease, as Refresh replaces
// credentials. about has the lease.
func Lead(now Vars, active State, s Server, about About, key Key) (Change, State, error) {
	if err := Untouched(now, active); err != nil {
		return nil, active, err
	}
	next := active
	next.About.Lease, next.About.Shell, next.About.Lifetime = about.Lease, about.Shell, about.Lifetime
	next.About.Narrowed, next.About.Agent = about.Narrowed, about.Agent // the new lease may allow less
	next.About.clean()
	want := map[string]*string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": ptr(s.URI), "AWS_CONTAINER_AUTHORIZATION_TOKEN": ptr(s.Token)}
	change, next := replaced(now, active, next, want, key)
	return change, next, nil
}

// replaced gives some variables of an activation new values.
func replaced(now Vars, active, next State, want map[string]*string, key Key) (Change, State) {
	next.Authentic = len(key) > 0
	next.Vars = make(map[string]Record, len(active.Vars))
	for n, r := range active.Vars {
		next.Vars[n] = r
	}
	var change Change
	for _, v := range managed {
		value, ok := want[v.name]
		if !ok {
			continue
		}
		r, touched := active.Vars[v.name]
		if !touched {
			if value == nil {
				continue
			}
			r.Before, _ = original(v, now, active, loaded(now))
			if r.Before.Kind == wasKept {
				change = append(change, Op{Name: v.name, Action: Keep})
			}
		}
		change = append(change, to(v, value, now)...)
		r.Ours = fingerprint(value)
		next.Vars[v.name] = r
	}
	return change.with(now, next, key), next
}

// Off takes the activation away: every variable that still is as we left it
// goes back to what it was before; what the user changed stays. Of credentials all comes
// back or nothing: a part of them would only make AWS tools fail.
//
// If another hook has loaded variables for the directory and will unload them, Off brings back
// what that hook has loaded. It also corrects what the hook will restore to the values from
// before both.
func Off(now Vars, active State, kept map[string]bool) (Change, Lost) {
	l := loaded(now)
	change := l.mended(active)
	lost := lostBy(now, active, kept)
	for _, v := range concerned(active.Vars, kept) {
		r, ok := active.Vars[v.name]
		ours, back := ok && r.Ours.matches(now, v.name), !slices.Contains(lost, v.name)
		if kept[v.name] && !(ours && back) {
			change = append(change, Op{Name: v.name, Action: Drop})
		}
		switch {
		case ours && back:
			change = append(change, backTo(v.name, l.over(v, r.Before), now, kept)...)
		case ours:
			change = append(change, backTo(v.name, Before{Kind: wasAbsent}, now, nil)...)
		}
	}
	return change.with(now, State{}, nil), lost
}

// lostBy are the variables whose values an outer shell keeps aside, and those that are
// good for nothing without them.
func lostBy(now Vars, active State, kept map[string]bool) Lost {
	isLost := func(name string) bool {
		r, ok := active.Vars[name]
		return ok && r.Before.Kind == wasKept && !kept[name] && r.Ours.matches(now, name)
	}
	var lost Lost
	for _, v := range concerned(active.Vars, kept) {
		r, ok := active.Vars[v.name]
		part := ok && r.Before.Kind != wasAbsent && r.Ours.matches(now, v.name) && slices.ContainsFunc(needs(v.name, active), isLost)
		if isLost(v.name) || part {
			lost = append(lost, v.name)
		}
	}
	return lost
}

// needs are the secrets without which what a variable was before leads nowhere.
func needs(name string, active State) []string {
	switch name {
	case "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID":
		return []string{"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"}
	case "AWS_ACCESS_KEY":
		return []string{"AWS_SECRET_KEY"}
	case "AWS_CONTAINER_CREDENTIALS_FULL_URI":
		if active.Vars["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"].Before.Kind != wasSet {
			return []string{"AWS_CONTAINER_AUTHORIZATION_TOKEN"}
		}
	}
	return nil
}

// ChangedError reports a variable that differs from what `use` set.
type ChangedError struct{ Name, Profile string }

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s was changed since %q was activated, so it is left alone", e.Name, e.Profile)
}

// Hint names the command that sets the variables again.
func (e *ChangedError) Hint() string {
	return "vault use " + line.Word(e.Profile) + "   sets all of them again"
}

// original returns the value that v had before vault or a loader touched it. fresh reports
// whether that value is in the environment now, so that a secret has to be kept aside.
func original(v variable, now Vars, active State, l loaders) (b Before, fresh bool) {
	r, ok := active.Vars[v.name]
	if ok && r.Ours.matches(now, v.name) {
		return r.Before, false
	}
	if !v.secret && l.shows(now, v.name) && len(l.before(v.name)) <= maxValue {
		if ok {
			return r.Before, false // the loader has replaced what we set
		}
		return l.under(v), true
	}
	value, ok := now[v.name]
	switch {
	case !ok:
		return Before{Kind: wasAbsent}, true
	case v.secret || len(value) > maxValue:
		return Before{Kind: wasKept}, true
	default:
		return Before{Kind: wasSet, Value: []byte(value)}, true
	}
}

// backTo restores a variable.
func backTo(name string, b Before, now Vars, kept map[string]bool) []Op {
	switch b.Kind {
	case wasSet:
		if cur, ok := now[name]; ok && cur == string(b.Value) {
			return nil
		}
		return []Op{{Name: name, Action: Set, Value: string(b.Value)}}
	case wasKept:
		if kept[name] {
			return []Op{{Name: name, Action: Restore}}
		}
	}
	if !has(now, name) {
		return nil
	}
	return []Op{{Name: name, Action: Unset}}
}

// to gives a variable the wanted value; nil removes it.
func to(v variable, value *string, now Vars) []Op {
	cur, ok := now[v.name]
	switch {
	case value == nil && !ok, value != nil && ok && cur == *value:
		return nil
	case value == nil:
		return []Op{{Name: v.name, Action: Unset}}
	}
	return []Op{{Name: v.name, Action: Set, Value: *value, Secret: v.secret}}
}

// with adds the state variable, and sorts.
func (c Change) with(now Vars, s State, key Key) Change {
	if s.Active() {
		c = append(c, to(variable{name: StateName}, ptr(s.Encode(key)), now)...)
	} else {
		c = append(c, to(variable{name: StateName}, nil, now)...)
	}
	sort.SliceStable(c, func(i, j int) bool { return c[i].Name < c[j].Name })
	return c
}

func has(v Vars, name string) bool { _, ok := v[name]; return ok }

func ptr(s string) *string { return &s }

// Outside returns the environment as it would be without the activation, as far as this
// program can know it: a secret that the shell keeps aside is missing.
func Outside(now Vars, active State) Vars {
	out := make(Vars, len(now))
	for n, v := range now {
		if n != StateName {
			out[n] = v
		}
	}
	for n, r := range active.Vars {
		if !r.Ours.matches(now, n) {
			continue
		}
		delete(out, n)
		if r.Before.Kind == wasSet {
			out[n] = string(r.Before.Value)
		}
	}
	return out
}

// Names returns the variables of a change, each once, sorted.
func (c Change) Names() []string {
	var names []string
	for _, op := range c {
		if len(names) == 0 || names[len(names)-1] != op.Name {
			names = append(names, op.Name)
		}
	}
	return names
}
