package env

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The state variable consists of "2.", the base64 (RFC 4648, URL alphabet, no padding) of the
// JSON of State, a dot, and the base64 of the HMAC-SHA256 of everything before that dot.
// Without a key, nothing follows the dot. Version 1 had no HMAC and no second dot. An unknown
// version, or any deviation from this form, means that vault has activated nothing.
const (
	stateVersion = "2."
	oldVersion   = "1."
	maxState     = 48 << 10 // above the sum of the limits below
	maxText      = 512
	maxPath      = 4096
	maxVars      = 160 // includes the variables of single services
)

// Key authenticates the states of a user's shells. Without a key, a state proves nothing.
type Key []byte

// String shows nothing of the key.
func (Key) String() string { return "key(***)" }

// GoString returns the same as String.
func (k Key) GoString() string { return k.String() }

// Format prints the same as String for every verb.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// proof returns the HMAC of a state variable that has no proof yet.
func (k Key) proof(text string) string {
	if len(k) == 0 {
		return ""
	}
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// State records what is active in a shell, and what was there before.
type State struct {
	Profile  string            `json:"profile"`
	Previous string            `json:"previous,omitempty"` // for `use -`
	About    About             `json:"about"`
	Vars     map[string]Record `json:"vars"`
	// Authentic means that a shell of this user wrote the state. No other program can fake
	// that.
	Authentic bool `json:"-"`
}

// Active reports whether vault has activated something.
func (s State) Active() bool { return s.Profile != "" }

// Record describes what happened to one variable.
type Record struct {
	Before Before `json:"before"`
	Ours   Mark   `json:"ours"`
}

// Before describes a variable before the activation.
type Before struct {
	Kind  beforeKind `json:"kind"`
	Value []byte     `json:"value,omitempty"`
}

type beforeKind string

const (
	wasAbsent beforeKind = "absent"
	wasSet    beforeKind = "set"
	wasKept   beforeKind = "kept" // the activating shell has the value
)

// Mark recognizes our value of a variable without revealing it: "" for a variable that we have
// removed, else 96 bits of the SHA-256 of the value.
type Mark string

func fingerprint(value *string) Mark {
	if value == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(*value))
	return Mark(base64.RawURLEncoding.EncodeToString(sum[:12]))
}

// matches reports whether the variable still has our value.
func (m Mark) matches(now Vars, name string) bool {
	value, ok := now[name]
	if !ok {
		return m == ""
	}
	if m == fingerprint(&value) {
		return true
	}
	// The AWS CLI writes the same time with +00:00 at its end.
	if t, err := time.Parse(time.RFC3339, value); err == nil && name == "AWS_CREDENTIAL_EXPIRATION" {
		return m == fingerprint(ptr(Expiration(t)))
	}
	return false
}

// Encode writes the state for the environment.
func (s State) Encode(key Key) string {
	s.About.Protected = false // the config decides this each time
	text := stateVersion + base64.RawURLEncoding.EncodeToString(s.json())
	return text + "." + key.proof(text)
}

// Active returns what is active in an environment. A state that is not authentic could have
// been written by any program that sets variables (ssh with AcceptEnv, a loader of .env files,
// a container's settings). It counts only while its marks match the present keys, and what it
// says about directories and about the previous profile never counts.
func Active(now Vars, key Key) State {
	s := Decode(now[StateName], key)
	if s.Authentic {
		return s
	}
	if !s.hasKeys(now) {
		return State{}
	}
	s.About.Origin, s.About.Outer, s.Previous = nil, nil, ""
	return s
}

// hasKeys reports whether the keys in the environment, or the other variables through which
// programs find credentials, belong to s.
func (s State) hasKeys(now Vars) bool {
	for _, name := range s.About.leading() {
		if r, ok := s.Vars[name]; !ok || r.Ours == "" || !r.Ours.matches(now, name) {
			return false
		}
	}
	r, ok := s.Vars["AWS_SESSION_TOKEN"]
	return !ok || r.Ours.matches(now, "AWS_SESSION_TOKEN")
}

// Decode reads a state variable. It returns the zero State for anything that vault could not
// have written.
func Decode(text string, key Key) State {
	if len(text) > maxState {
		return State{}
	}
	body, old := strings.CutPrefix(text, oldVersion)
	authentic := false
	if !old {
		signed, proof, _ := cutLast(text, '.')
		rest, ours := strings.CutPrefix(signed, stateVersion)
		if !ours {
			return State{}
		}
		body = rest
		authentic = len(key) > 0 && hmac.Equal([]byte(proof), []byte(key.proof(signed)))
	}
	if strings.ContainsAny(body, "\r\n") { // base64 ignores these
		return State{}
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil {
		return State{}
	}
	var s State
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if d.Decode(&s) != nil || d.More() || !s.sound() {
		return State{}
	}
	s.About.Protected = false
	s.Authentic = authentic
	return s
}

// cutLast splits a text at the last sep.
func cutLast(text string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// sound checks everything that a hostile or damaged state could contain.
func (s State) sound() bool {
	for _, t := range append(s.About.texts(), &s.Profile, &s.Previous) {
		if len(*t) > maxText || !plain(*t) {
			return false
		}
	}
	if s.Profile == "" || len(s.About.Origin) > maxPath || len(s.Vars) > maxVars || !policiesSound(s.About.Policies) {
		return false
	}
	if o := s.About.Outer; o != nil && !policiesSound(o.Policies) {
		return false
	}
	for name, r := range s.Vars {
		v, ok := lookup(name)
		if !ok {
			return false
		}
		switch r.Before.Kind {
		case wasAbsent, wasKept:
			ok = len(r.Before.Value) == 0
		case wasSet:
			ok = !v.secret && len(r.Before.Value) <= maxValue && !strings.ContainsRune(string(r.Before.Value), 0)
		default:
			ok = false
		}
		if !ok {
			return false
		}
	}
	return true
}

// maxPolicies limits the policies of a state: one document and ten names, by AWS's rules.
const (
	maxPolicies = 11
	maxPolicy   = 2048
)

// policiesSound reports whether Use could have written these policies.
func policiesSound(policies []string) bool {
	for _, p := range policies {
		if utf8.RuneCountInString(p) > maxPolicy || !plain(p) {
			return false
		}
	}
	return len(policies) <= maxPolicies
}

// plain reports whether text can be displayed: UTF-8 without control characters.
func plain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}
