package resolve

import (
	"fmt"
	"strconv"
	"strings"
)

// Setting is a value and its origin.
type Setting struct {
	Text string
	From string // "~/.aws/config:31 [profile prod]", "AWS_REGION", "--region"; empty if nothing sets it
}

// setting is a value with its place, which errors name. The zero value means that nothing sets
// it.
type setting struct {
	text  string
	at    string // "~/.aws/config:31", or the name of a variable or flag
	label string // "[profile prod]", or empty
	// credentials means that the setting is in the credentials file.
	credentials bool
}

func (v setting) given() bool { return v.text != "" }

// export returns the public form.
func (v setting) export() Setting {
	from := v.at
	if v.label != "" {
		from += " " + v.label
	}
	return Setting{Text: v.text, From: from}
}

// bad is the error for a value that cannot be used. It says what the value should be, and adds
// the likely mistake as a hint.
func (v setting) bad(format string, args ...any) *SettingError {
	return &SettingError{At: v.at, Msg: fmt.Sprintf(format, args...), hint: v.slip()}
}

// slip recognises text that the AWS CLI reads as part of a value, though it was not meant to
// be.
func (v setting) slip() string {
	if v.label == "" {
		return ""
	}
	for _, mark := range []string{" #", " ;", "\t#", "\t;"} {
		if strings.Contains(v.text, mark) {
			return "a comment after a value is part of the value: put it on a line of its own"
		}
	}
	if len(v.text) > 1 && strings.ContainsRune(`"'`, rune(v.text[0])) && v.text[len(v.text)-1] == v.text[0] {
		return "quotes are part of the value: leave them out"
	}
	return ""
}

// first returns the first setting that is given.
func first(vs ...setting) setting {
	for _, v := range vs {
		if v.given() {
			return v
		}
	}
	return setting{}
}

// boolean reads true or false; a missing setting is false.
func (v setting) boolean(key string) (bool, error) {
	switch strings.ToLower(v.text) {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, v.bad("%s is %q, it must be true or false", key, v.text)
}

// SettingError is a setting that cannot be used, with its place.
type SettingError struct {
	At   string // "~/.aws/config:31", or the name of a variable or flag; empty: no place
	Msg  string
	hint string
	is   error // the kind of error, for errors.Is
}

// Unwrap returns the kind of error.
func (e *SettingError) Unwrap() error { return e.is }

// Error returns "~/.aws/config:31: message".
func (e *SettingError) Error() string {
	if e.At == "" {
		return e.Msg
	}
	return e.At + ": " + e.Msg
}

// Hint says what to do about the error; empty: no hint.
func (e *SettingError) Hint() string { return e.hint }

// withHint adds a hint, unless the value itself has given one.
func (e *SettingError) withHint(format string, args ...any) *SettingError {
	if e.hint == "" {
		e.hint = fmt.Sprintf(format, args...)
	}
	return e
}

// only reports whether s consists of ASCII letters, digits, underscores and the characters of
// extra. All character classes of the AWS API have this form.
func only(s, extra string) bool {
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_':
		case strings.ContainsRune(extra, c):
		default:
			return false
		}
	}
	return true
}

func digits(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range n {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// list joins names in plain English: a, b or c.
func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(n)
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// BadSetting reports a setting that turned out to be wrong only in use.
func BadSetting(at, msg, hint string) *SettingError {
	return &SettingError{At: at, Msg: msg, hint: hint}
}
