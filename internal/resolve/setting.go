package resolve

import (
	"fmt"
	"strconv"
	"strings"
)

// Setting is a value and where it came from.
type Setting struct {
	Text string
	From string // "~/.aws/config:31 [profile prod]", "AWS_REGION", "--region"; empty if nothing says it
}

// setting is a value on its way into a plan, with the place it comes from, so that
// an error can name it. The zero value is one that was not given.
type setting struct {
	text  string
	at    string // "~/.aws/config:31", or the name of a variable or flag
	label string // "[profile prod]", or empty
	// credentials: it stands in the credentials file.
	credentials bool
}

func (v setting) given() bool { return v.text != "" }

// export gives the public form.
func (v setting) export() Setting {
	from := v.at
	if v.label != "" {
		from += " " + v.label
	}
	return Setting{Text: v.text, From: from}
}

// bad is the error for a value that cannot be used: what it should be, and how
// it came to be wrong if that can be seen.
func (v setting) bad(format string, args ...any) *SettingError {
	return &SettingError{At: v.at, Msg: fmt.Sprintf(format, args...), hint: v.slip()}
}

// slip recognises what the AWS CLI takes as part of a value although it was not
// meant to be.
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

// first is the first setting that was given.
func first(vs ...setting) setting {
	for _, v := range vs {
		if v.given() {
			return v
		}
	}
	return setting{}
}

// boolean reads true or false; not given is false.
func (v setting) boolean(key string) (bool, error) {
	switch strings.ToLower(v.text) {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, v.bad("%s is %q, it must be true or false", key, v.text)
}

// SettingError is a setting that cannot be used, with the place where it stands.
type SettingError struct {
	At   string // "~/.aws/config:31", or the name of a variable or flag; empty if it has no place
	Msg  string
	hint string
	is   error // what sort of error it is, for errors.Is
}

// Unwrap says what sort of error it is.
func (e *SettingError) Unwrap() error { return e.is }

// Error gives "~/.aws/config:31: message".
func (e *SettingError) Error() string {
	if e.At == "" {
		return e.Msg
	}
	return e.At + ": " + e.Msg
}

// Hint says what to do about it, or nothing.
func (e *SettingError) Hint() string { return e.hint }

// withHint adds a hint where the value itself gave none.
func (e *SettingError) withHint(format string, args ...any) *SettingError {
	if e.hint == "" {
		e.hint = fmt.Sprintf(format, args...)
	}
	return e
}

// only says whether s consists of ASCII letters, digits, underscores and the
// characters of extra: the character classes of the AWS API are all of this form.
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

// list says names as a person would: a, b or c.
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

// BadSetting is a setting that turned out to be wrong only when it was used.
func BadSetting(at, msg, hint string) *SettingError {
	return &SettingError{At: at, Msg: msg, hint: hint}
}
