package awsconf

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text returns the header as the AWS CLI writes it, with single quotes if the name contains a
// space.
func (h Header) text() string {
	name := h.Name
	if h.Kind == ConfigFile && (h.Type != ProfileSection || name != "default") {
		if strings.Contains(name, " ") {
			name = "'" + name + "'"
		}
		name = h.Type.String() + " " + name
	}
	return "[" + name + "]"
}

// Check refuses names that some AWS tools read differently. A new section cannot have such a
// name, but an existing one can be edited.
func (h Header) Check() error {
	refuse := func(why string) error { return fmt.Errorf("cannot write %s %q: %s", h.Type, h.Name, why) }
	switch name := h.Name; {
	case name == "":
		return refuse("it has no name")
	case name != trim(name):
		return refuse("the name has space at its ends")
	case !utf8.ValidString(name):
		return refuse("the name is not valid UTF-8")
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || r != ' ' && isSpace(r) }):
		return refuse("the name has a control character or an unusual space")
	case strings.ContainsAny(name, "[]\"'\\#;"):
		return refuse(`the name has one of [ ] " ' \ # ;`)
	case h.Type >= otherSection, h.Kind == CredentialsFile && h.Type != ProfileSection:
		return refuse("this file has no such section")
	}
	if h.Kind == CredentialsFile {
		if typ, _ := declares(CredentialsFile, h.Name); typ == otherSection {
			return fmt.Errorf("cannot write %s %q: the AWS CLI would copy its settings into every section", h.Type, h.Name)
		}
		if typ, _ := declares(ConfigFile, h.Name); typ != otherSection && h.Name != "default" {
			return fmt.Errorf("cannot write %s %q: a header in the credentials file is the name alone", h.Type, h.Name)
		}
	}
	return nil
}

// text returns the setting as the AWS CLI writes it.
func (p KV) text() string { return strings.TrimSuffix(p.Key+" = "+p.Value, " ") }

// checkPairs refuses settings that some AWS tools read differently. It does not quote values,
// which may be secrets.
func checkPairs(kv []KV) error {
	seen := map[string]bool{}
	for _, p := range kv {
		if !isKey(p.Key) {
			return fmt.Errorf("cannot write key %q: a key consists of a-z, 0-9, _ and -", p.Key)
		}
		if seen[p.Key] {
			return fmt.Errorf("cannot write key %q: it is given twice", p.Key)
		}
		seen[p.Key] = true
		why := unwritable(p.Value)
		if escape := escapeIn(p.Value); p.Key == "credential_process" && escape != "" && strings.HasPrefix(why, escape) {
			why = "" // a command line has its own escapes, and names may need them
		}
		if why != "" {
			return fmt.Errorf("cannot write the value of %q: it has %s", p.Key, why)
		}
	}
	return nil
}

func isKey(key string) bool {
	for i := range len(key) {
		c := key[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return key != ""
}

// unwritable names the part of a value that some readers would change; empty: none.
func unwritable(value string) string {
	switch {
	case value != trim(value):
		return "space at its ends"
	case !utf8.ValidString(value):
		return "bytes that are not UTF-8"
	case strings.ContainsFunc(value, unicode.IsControl):
		return "a line break or another control character"
	case len(value) > maxLine/2:
		return "more than 32 KiB"
	}
	if why := unportable(value); why != "" {
		return why + ", which AWS tools read differently"
	}
	return ""
}
