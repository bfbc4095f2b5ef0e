package awsconf

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Problems lists what this or another AWS tool could not read, in the order of the files. It
// reads everything, so it is meant for a check-up and not for each run.
func (c *Config) Problems() []*Error {
	return append(c.config.problems(), c.credentials.problems()...)
}

// report collects the problems of one file.
type report struct {
	file *File
	list []*Error
}

func (r *report) add(line int, hint, format string, args ...any) {
	r.list = append(r.list, &Error{Pos: Pos{r.file.path, line}, Msg: fmt.Sprintf(format, args...), Hint_: hint})
}

func (f *File) problems() []*Error {
	f, err := f.loaded()
	if err != nil {
		fault := (*Error)(nil)
		if !errors.As(err, &fault) {
			fault = &Error{Pos: Pos{File: f.path}, Msg: err.Error()}
		}
		return []*Error{fault}
	}
	r := &report{file: f}
	if f.why != "" {
		r.add(0, "", "this path %s: vault and the AWS tools read nothing from it", f.why)
	}
	if f.first() > 0 {
		r.add(1, "save the file without it", "file begins with a byte order mark: the AWS CLI refuses the file")
	}
	r.preamble()
	for i := range f.sections {
		r.header(i)
		settings, faults := f.settings(i)
		r.list = append(r.list, faults...)
		for n := range settings {
			r.setting(&settings[n])
		}
	}
	r.repeated()
	r.encoding()
	slices.SortStableFunc(r.list, func(a, b *Error) int { return cmp.Compare(a.Pos.Line, b.Pos.Line) })
	return r.list
}

// Above reports lines above the first section of the config file, where only comments may be.
// AWS tools refuse such a file, so vault adds nothing to it.
func (c *Config) Above() error {
	f, err := c.config.loaded()
	if err != nil {
		return err
	}
	r := &report{file: f}
	if r.preamble(); len(r.list) > 0 {
		r.list[0].Hint_ = "vault edit   to give it a section, or take it out"
		return r.list[0]
	}
	return nil
}

// preamble looks for settings above the first header. It reports only the first.
func (r *report) preamble() {
	f := r.file
	end := len(f.text)
	if len(f.sections) > 0 {
		end = f.start(0)
	}
	var above layout
	for at, line := f.first(), 1; at < end; line++ {
		var text string
		text, at = cutLine(f.text, at)
		if kind, _ := above.next(text); kind != blankLine && kind != commentLine {
			r.add(line, "", "line is above the first section: the AWS CLI refuses the file")
			return
		}
	}
}

// header reports which tools read a header differently.
func (r *report) header(i int) {
	f, line := r.file, r.file.line(i)
	s := Header{f.kind, f.sections[i].typ, f.name(i)}
	inner, rest := f.inner(i)
	if !isComment(rest) {
		r.add(line, "", "no AWS tool reads the text after [%s]", inner)
	}
	switch {
	case inner == "" || s.Type != otherSection && s.Name == "":
		r.add(line, "", "section has no name")
	case s.Name == "DEFAULT" && s.Type == otherSection:
		r.add(line, "the profile without a name is [default]", "[DEFAULT] is not a profile, and the AWS CLI copies its settings into every section")
	case f.kind == CredentialsFile:
		r.credentialsHeader(inner, line)
	case s.Type == otherSection:
		r.unknownHeader(inner, line)
	default:
		r.configHeader(s, inner, line)
	}
}

func (r *report) credentialsHeader(inner string, line int) {
	if inner != trim(inner) {
		r.add(line, "", "[%s]: the AWS CLI treats the space at the ends as part of the name", inner)
	}
	typ, name := declares(ConfigFile, inner)
	if typ == otherSection || inner == "default" {
		return
	}
	if typ == ProfileSection {
		r.add(line, fmt.Sprintf("in this file it should be [%s]", name), "[%s]: the AWS CLI reads all of it as the name, other tools ignore it", inner)
		return
	}
	r.add(line, "", "[%s] belongs in the config file", inner)
}

func (r *report) unknownHeader(inner string, line int) {
	name := trim(inner)
	switch word, rest, _ := strings.Cut(name, " "); {
	case name == "preview" || name == "plugins":
		// These are sections of the AWS CLI itself.
	case strings.EqualFold(name, "default"):
		r.add(line, "it should be [default]", "no AWS tool reads [%s]", inner)
	case strings.EqualFold(word, "profile"):
		r.add(line, fmt.Sprintf("it should be [profile %s]", cmp.Or(trim(rest), "NAME")), "no AWS tool reads [%s]", inner)
	default:
		r.add(line, fmt.Sprintf("a profile would be [profile %s]", name), "no AWS tool reads [%s]", inner)
	}
}

func (r *report) configHeader(s Header, inner string, line int) {
	if _, name, ok := cliName(inner); !ok || name != s.Name {
		r.add(line, "", "[%s]: the AWS CLI does not read this as %s %q", inner, s.Type, s.Name)
	}
	if typ, name := sdkName(inner); typ != s.Type || name != s.Name {
		r.add(line, "", "[%s]: AWS SDKs other than Python's do not read this as %s %q", inner, s.Type, s.Name)
	}
}

// repeated finds sections that are declared twice.
func (r *report) repeated() {
	f, found := r.file, map[Header]*matches{}
	for i, s := range f.sections {
		key := Header{f.kind, s.typ, f.name(i)}
		if found[key] == nil {
			found[key] = &matches{}
		}
		same := found[key]
		if same.add(i); same.count > 1 {
			r.list = append(r.list, f.twice(same.first, i))
		}
	}
	// Two forms of one profile get another message than a duplicate.
	if same := found[Header{f.kind, ProfileSection, "default"}]; same != nil && f.replaces(*same) {
		line := f.line(same.last)
		r.list = slices.DeleteFunc(r.list, func(e *Error) bool { return e.Error() == f.twice(same.first, same.last).Error() })
		r.add(line, "keep one of them",
			"[default] and [profile default] are one profile: the AWS CLI reads this one and ignores line %d, other tools read [profile default]", f.line(same.first))
	}
}

// encoding looks for a line that is not UTF-8 and was not reported yet: a comment.
func (r *report) encoding() {
	line := 1
	for text := range strings.Lines(r.file.text) {
		if !utf8.ValidString(text) {
			known := slices.ContainsFunc(r.list, func(e *Error) bool { return e.Pos.Line == line })
			if !known {
				r.add(line, "", "line is not valid UTF-8: the AWS CLI refuses the file")
			}
			return
		}
		line++
	}
}

// setting reports which tools read a value differently from the AWS CLI and this package.
func (r *report) setting(s *setting) {
	line := s.first.line
	if len(s.rest) > 0 && !s.isNested() {
		r.add(s.rest[0].line, "", "the AWS CLI reads this line as more of the value of %q; other tools may read a new setting", s.key)
		return
	}
	if why := unportable(s.first.text); why != "" {
		r.add(line, "", "%s in the value of %q: the AWS CLI keeps it in the value, other tools do not", why, s.key)
	}
}

// unportable names the part of a value about which AWS tools disagree; empty: none.
func unportable(value string) string {
	for i := range len(value) {
		if value[i] != '#' && value[i] != ';' {
			continue
		}
		if i == 0 || value[i-1] == ' ' || value[i-1] == '\t' {
			return "a comment"
		}
	}
	if n := len(value); n > 1 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
		return "quotes"
	}
	return escapeIn(value)
}

// escapes are sequences that some tools replace with another character.
var escapes = [...]string{`\n`, `\"`, `\'`}

// escapeIn returns the first escape in a value.
func escapeIn(value string) string {
	for _, escape := range escapes {
		if strings.Contains(value, escape) {
			return escape
		}
	}
	return ""
}
