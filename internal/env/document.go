package env

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// document is the answer for shells that read data better than code: nushell cannot evaluate
// text at all. It is one line of JSON, in ASCII, and the end mark:
//
//	{"ops":[["set","AWS_REGION","eu-west-1"],["unset","AWS_PROFILE"],["keep","NAME"],
//	  ["restore","NAME"],["drop","NAME"]],"locals":{"__vault_deadline":"..."}}
//
// The shell carries out the operations in this order. Locals have the same names as in the
// shells.
type document struct{ shell string }

func (document) set(name, value string) (string, error)   { return documentOp("set", name, value) }
func (document) unset(name string) string                 { return mustOp("unset", name) }
func (document) local(name, value string) (string, error) { return documentOp("local", name, value) }

func (document) call(function, name string) string { return mustOp(function[len("__vault_"):], name) }

// quote writes a word in the shell's own language, for the path of the program in the hook.
func (d document) quote(value string) (string, error) {
	switch {
	case strings.IndexByte(value, 0) >= 0:
		return "", errNUL
	case !utf8.ValidString(value):
		return "", errUTF8
	}
	switch d.shell {
	case "nushell":
		return quoteNushell(value), nil
	case "elvish":
		return "'" + strings.ReplaceAll(value, "'", "''") + "'", nil
	}
	return quotePython(value), nil
}

// quotePython writes "..." in ASCII, see the Python reference, "String and Bytes literals".
func quotePython(value string) string {
	return quoteASCII(value, func(r rune) string { return fmt.Sprintf(`\U%08x`, r) })
}

// quoteASCII writes "..." with backslashes, in which escape spells what is not a letter
// of ASCII.
func quoteASCII(value string, escape func(r rune) string) string {
	var b strings.Builder
	for _, r := range value {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r > '~':
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

// documentOp writes one operation.
func documentOp(kind string, words ...string) (string, error) {
	for _, word := range words {
		if !utf8.ValidString(word) {
			return "", errUTF8
		}
	}
	text := `["` + kind + `"`
	for _, word := range words {
		text += "," + string(ascii(word))
	}
	return text + "]", nil
}

// mustOp writes an operation on a name, which is ASCII.
func mustOp(kind, name string) string {
	text, _ := documentOp(kind, name)
	return text
}

// ascii writes a JSON string in ASCII.
func ascii(s string) []byte {
	var out []byte
	b, _ := json.Marshal(s)
	for _, r := range string(b) {
		switch {
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

func writeDocument(c Change, locals []Local) (string, error) {
	text := `{"ops":[`
	for i, op := range c {
		line, err := spell(document{}, op)
		if err != nil {
			return "", err
		}
		if i > 0 {
			text += ","
		}
		text += line
	}
	text += `],"locals":{`
	for i, l := range locals {
		if !utf8.ValidString(l.Value) {
			return "", errUTF8
		}
		if i > 0 {
			text += ","
		}
		text += string(ascii(l.Name)) + ":" + string(ascii(l.Value))
	}
	return Whole(text + "}}"), nil
}
