package env

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The state variable is "1." and the base64 (RFC 4648, URL alphabet, no padding)
// of the JSON of State. A version that is not known, or anything that is not
// exactly of this form, means that nothing of ours is active.
const (
	stateVersion = "1."
	maxState     = 48 << 10 // above the sum of the bounds below
	maxText      = 512
	maxPath      = 4096
)

// State says what is active in a shell and what was there before.
type State struct {
	Profile  string            `json:"profile"`
	Previous string            `json:"previous,omitempty"` // for `use -`
	About    About             `json:"about"`
	Vars     map[string]Record `json:"vars"`
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
	return m == fingerprint(&value)
}

// Encode spells the state for the environment.
func (s State) Encode() string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings, bools and byte slices always marshal
	}
	return stateVersion + base64.RawURLEncoding.EncodeToString(b)
}

// Decode reads a state variable. What is not exactly ours is the zero State.
func Decode(text string) State {
	body, ok := strings.CutPrefix(text, stateVersion)
	if !ok || len(text) > maxState || strings.ContainsAny(body, "\r\n") { // base64 skips those
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
	return s
}

// sound checks everything that a hostile or damaged state could bring in.
func (s State) sound() bool {
	for _, t := range append(s.About.texts(), &s.Profile, &s.Previous) {
		if len(*t) > maxText || !plain(*t) {
			return false
		}
	}
	if s.Profile == "" || len(s.About.Origin) > maxPath {
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

// plain reports whether text can be shown: UTF-8 without control characters.
func plain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}
