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

// The state variable is "2.", the base64 (RFC 4648, URL alphabet, no padding) of the
// JSON of State, a dot, and the base64 of the HMAC-SHA256 of all before that dot.
// Without a key there is nothing behind the dot. Version 1 had no HMAC and no second
// dot. A version that is not known, or anything that is not exactly of this form,
// means that nothing of ours is active.
const (
	stateVersion = "2."
	oldVersion   = "1."
	maxState     = 48 << 10 // above the sum of the bounds below
	maxText      = 512
	maxPath      = 4096
	maxVars      = 160 // variables, those of single services included
)

// Key authenticates the states of a user's shells. Without one, a state is a claim.
type Key []byte

// String shows nothing of the key.
func (Key) String() string { return "key(***)" }

// GoString is String.
func (k Key) GoString() string { return k.String() }

// Format is String for every verb.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// proof is the HMAC of a state variable without its proof.
func (k Key) proof(text string) string {
	if len(k) == 0 {
		return ""
	}
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// State says what is active in a shell and what was there before.
type State struct {
	Profile  string            `json:"profile"`
	Previous string            `json:"previous,omitempty"` // for `use -`
	About    About             `json:"about"`
	Vars     map[string]Record `json:"vars"`
	// Authentic: a shell of this user wrote it, which any other program could not.
	Authentic bool `json:"-"`
}

// Active reports whether something of ours is active.
func (s State) Active() bool { return s.Profile != "" }

// Record is what happened to one variable.
type Record struct {
	Before Before `json:"before"`
	Ours   Mark   `json:"ours"`
}

// Before is what a variable was before the activation.
type Before struct {
	Kind  beforeKind `json:"kind"`
	Value []byte     `json:"value,omitempty"`
}

type beforeKind string

const (
	wasAbsent beforeKind = "absent"
	wasSet    beforeKind = "set"
	wasKept   beforeKind = "kept" // its value is in the shell that activated
)

// Mark recognizes what we set without saying what it was: "" for a variable that
// we took away, else 96 bits of the SHA-256 of the value.
type Mark string

func fingerprint(value *string) Mark {
	if value == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(*value))
	return Mark(base64.RawURLEncoding.EncodeToString(sum[:12]))
}

// matches reports whether the variable still is as we left it.
func (m Mark) matches(now Vars, name string) bool {
	value, ok := now[name]
	if !ok {
		return m == ""
	}
	if m == fingerprint(&value) {
		return true
	}
	// The AWS CLI spells the same time otherwise, with +00:00 at its end.
	if t, err := time.Parse(time.RFC3339, value); err == nil && name == "AWS_CREDENTIAL_EXPIRATION" {
		return m == fingerprint(ptr(Expiration(t)))
	}
	return false
}

// Encode spells the state for the environment.
func (s State) Encode(key Key) string {
	s.About.Protected = false // the config says it, each time
	text := stateVersion + base64.RawURLEncoding.EncodeToString(s.json())
	return text + "." + key.proof(text)
}

// Active is what is active by an environment. A state that is not authentic could
// have been written by any program that sets variables (ssh with AcceptEnv, a loader
// of .env files, a container's settings). It is a claim, and counts only while its
// marks match the keys that are there; what it says of directories, and of the profile
// before, does not count.
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

// hasKeys reports whether the keys that are in the environment, or what else leads to
// credentials, are those of s.
func (s State) hasKeys(now Vars) bool {
	for _, name := range s.About.leading() {
		if r, ok := s.Vars[name]; !ok || r.Ours == "" || !r.Ours.matches(now, name) {
			return false
		}
	}
	r, ok := s.Vars["AWS_SESSION_TOKEN"]
	return !ok || r.Ours.matches(now, "AWS_SESSION_TOKEN")
}

// Decode reads a state variable. What is not exactly ours is the zero State.
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
	if strings.ContainsAny(body, "\r\n") { // base64 skips those
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

// cutLast divides a text at the last sep.
func cutLast(text string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// sound checks everything that a hostile or damaged state could bring in.
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

// maxPolicies bounds the policies of a state: one document and ten names, by AWS's rules.
const (
	maxPolicies = 11
	maxPolicy   = 2048
)

// policiesSound says that the policies of a state could have been written by Use.
func policiesSound(policies []string) bool {
	for _, p := range policies {
		if utf8.RuneCountInString(p) > maxPolicy || !plain(p) {
			return false
		}
	}
	return len(policies) <= maxPolicies
}

// plain reports whether text can be shown: UTF-8 without control characters.
func plain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}
