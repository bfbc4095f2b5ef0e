package dirprofile

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSize is the largest size of a file. A name, two settings and a few comments need far
// less.
const maxSize = 4096

// Parse reads the text of the file at path. The text is UTF-8, in lines that end with LF or
// CRLF. Blank lines and lines that begin with # are ignored. The other lines are either a
// single line with only the name of a profile, or settings in any order, each at most once:
//
//	profile = NAME           (required)
//	region = eu-west-1
//	account = 111122223333
//
// Space around names, = and values is removed. There are no quotes, no variables, and no
// comments after a value. A line with = is a setting, so a misspelt setting is not taken for a
// profile. A name with = in it must be written as a setting.
//
// A name consists of ASCII letters, digits, . _ @ / + = : and -, of visible letters and
// decimal digits of other scripts (but no combining marks), and of single spaces in between,
// because real profiles have all of these. It does not begin with -, which would make it an
// option or "the previous one". No shell, prompt or terminal interprets anything in such a
// name.
//
// Invisible characters are refused in comments too: an escape sequence or a change of writing
// direction could hide what a person is about to allow. A byte order mark at the beginning is
// removed, because Windows PowerShell and Notepad write one without being asked.
func Parse(path string, data []byte) (File, error) {
	p := parser{file: File{Path: path, Sum: sha256.Sum256(data)}}
	if err := p.parse(data); err != nil {
		err.Path = path
		return File{}, err
	}
	return p.file, nil
}

type parser struct {
	file  File
	bare  int            // the line with only a name
	lines map[string]int // the lines with settings
}

func (p *parser) parse(data []byte) *Error {
	if len(data) > maxSize {
		return &Error{Msg: fmt.Sprintf("longer than %d bytes", maxSize), hint: "a line with the name of a profile is enough"}
	}
	text := strings.TrimPrefix(string(data), "\uFEFF")
	if strings.HasPrefix(text, "\xFF\xFE") || strings.HasPrefix(text, "\xFE\xFF") {
		return &Error{Msg: "the text is UTF-16", hint: "save it as UTF-8; in PowerShell: Set-Content -Encoding ascii"}
	}
	p.lines = make(map[string]int)
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		if err := p.line(n, strings.TrimSuffix(line, "\r")); err != nil {
			err.Line = n
			return err
		}
	}
	if p.file.Profile == "" {
		return &Error{Msg: "names no profile", hint: "write its name on a line of its own"}
	}
	return nil
}

func (p *parser) line(n int, line string) *Error {
	if err := checkText(line); err != nil {
		return err
	}
	line = strings.Trim(line, " \t")
	if line == "" || line[0] == '#' {
		return nil
	}
	key, value, setting := strings.Cut(line, "=")
	switch {
	case setting && p.bare > 0:
		return &Error{Msg: fmt.Sprintf("a setting after the profile name on line %d", p.bare), hint: "write the name as a setting too: profile = NAME"}
	case setting:
		return p.setting(n, strings.TrimRight(key, " \t"), strings.TrimLeft(value, " \t"))
	case p.bare > 0:
		return &Error{Msg: fmt.Sprintf("something else after the profile name on line %d", p.bare), hint: "only comments, which begin with #, may follow it"}
	case len(p.lines) > 0:
		return &Error{Msg: "neither a setting nor a comment", hint: "profile, region and account are set like this: profile = NAME"}
	}
	p.bare = n
	p.file.Profile = line
	return checkProfile(line)
}

func (p *parser) setting(n int, key, value string) *Error {
	var into *string
	var check func(string) *Error
	switch key {
	case "profile":
		into, check = &p.file.Profile, checkProfile
	case "region":
		into, check = &p.file.Region, checkRegion
	case "account":
		into, check = &p.file.Account, checkAccount
	default:
		return unknown(key)
	}
	if first := p.lines[key]; first > 0 {
		return &Error{Msg: fmt.Sprintf("%s is set on line %d already", key, first)}
	}
	p.lines[key] = n
	if value == "" {
		return &Error{Msg: key + " has no value", hint: "remove the line, or write a value after the ="}
	}
	*into = value
	return check(value)
}

// unknown shows a key only if it may be a typing error: the file is not trusted yet, and must
// not put text on the terminal.
func unknown(key string) *Error {
	err := &Error{Msg: "unknown setting", hint: "only profile, region and account can be set"}
	other := func(r rune) bool { return !isLower(r) && !isUpper(r) && r != '_' }
	if 0 < len(key) && len(key) <= 20 && !strings.ContainsFunc(key, other) {
		err.Msg += fmt.Sprintf(" %q", key)
	}
	return err
}

// checkText refuses invisible characters.
func checkText(line string) *Error {
	const hint = "write the file again in an editor"
	for i, r := range line {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(line[i:], "\uFFFD"):
			return &Error{Msg: fmt.Sprintf("byte 0x%02X is not UTF-8", line[i]), hint: hint}
		case r != '\t' && (!unicode.IsGraphic(r) || ignorable(r)):
			return &Error{Msg: fmt.Sprintf("contains the invisible character %U", r), hint: hint}
		}
	}
	return nil
}

// ignorable reports whether a letter is invisible.
func ignorable(r rune) bool { return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) }

func checkProfile(name string) *Error {
	const hint = "a name has letters, digits, single spaces and . _ @ / + = : - and needs no quotes"
	if name[0] == '-' {
		return &Error{Msg: "a profile name cannot begin with -", hint: hint}
	}
	previous := rune(0)
	for _, r := range name {
		if !inProfile(r) || r == ' ' && previous == ' ' {
			return &Error{Msg: fmt.Sprintf("a profile name cannot contain %s", character(r, previous)), hint: hint}
		}
		previous = r
	}
	return nil
}

// inProfile reports whether a profile's name may contain a character.
func inProfile(r rune) bool {
	if r < utf8.RuneSelf {
		return isLower(r) || isUpper(r) || isDigit(r) || strings.ContainsRune(" ._@/+=:-", r)
	}
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !ignorable(r)
}

func character(r, previous rune) string {
	if r == ' ' && previous == ' ' {
		return "two spaces in a row"
	}
	return fmt.Sprintf("%+q", r)
}

// checkRegion checks the form of a region: words, then a number, as in us-gov-west-1. A list
// of regions would become outdated.
func checkRegion(region string) *Error {
	words := strings.Split(region, "-")
	last := len(words) - 1
	ok := last >= 2 && len(region) <= 32 && len(words[last]) <= 2 && all(words[last], isDigit)
	for _, word := range words[:last] {
		ok = ok && len(word) >= 2 && all(word, isLower)
	}
	if !ok {
		return &Error{Msg: "this is not a region", hint: "a region is written like this: region = eu-west-1"}
	}
	return nil
}

func checkAccount(account string) *Error {
	if len(account) != 12 || !all(account, isDigit) {
		return &Error{Msg: "this is not an account", hint: "an account is 12 digits: account = 111122223333"}
	}
	return nil
}

// all reports whether a text consists of one or more characters of a kind.
func all(s string, kind func(rune) bool) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !kind(r) })
}

func isLower(r rune) bool { return 'a' <= r && r <= 'z' }
func isUpper(r rune) bool { return 'A' <= r && r <= 'Z' }
func isDigit(r rune) bool { return '0' <= r && r <= '9' }
