package vault

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// ProcessLine is the credential_process of a profile, with which AWS tools run vault.
type ProcessLine struct {
	Profile, Command string
	// Of is the profile that this one was written for; empty: the line is for the profile
	// itself. Instead is the setting of Of that AWS tools prefer to a credential_process.
	Of, Instead string
	Others      []awsconf.KV // the other settings that the new profile gets
	Drop        bool         // remove the whole profile, not only its line
}

const processKey = "credential_process"

// processMark is the comment in a section that vault created for a credential_process.
const processMark = "init --credential-process"

// besideKeys are the settings that NAME-vault copies from the profile NAME. AWS tools read
// all but the last two, which are vault's.
var besideKeys = [...]string{"region", "output", "endpoint_url", "services", "ca_bundle", "use_fips_endpoint", "use_dualstack_endpoint", "account", "vault_protected"}

// Beside returns the name of the profile that AWS tools use instead of the given one.
func Beside(profile string) string { return profile + "-vault" }

// askedFirst are the settings that the AWS CLI prefers to a credential_process: with one of
// them, it would never run the process.
var askedFirst = [...]string{"role_arn", "sso_session", "sso_start_url", "aws_access_key_id"}

// ProcessLines returns the lines with which AWS tools run a program for these profiles, or
// says why one of them cannot have such a line. With beside, the line of a profile that
// could not have it goes into another profile, NAME-vault.
func (s *Session) ProcessLines(goos, program string, profiles []string, beside bool) ([]ProcessLine, error) {
	return s.processLines(profiles, func(config *awsconf.Config, p *awsconf.Profile) (ProcessLine, error) {
		name := p.Name()
		command, err := processCommand(goos, program, name)
		if err != nil {
			return ProcessLine{}, err
		}
		for _, key := range askedFirst {
			v, ok := p.Get(key)
			if ok && beside {
				return besideLine(config, p, ProcessLine{Profile: Beside(name), Command: command, Instead: key, Of: name})
			}
			if ok {
				return ProcessLine{}, fault.Hinted(fmt.Errorf("%s: profile %q has %s, and AWS tools use that first", v.Pos, name, key),
					"vault init --credential-process --separate "+line.Word(name)+"   writes the profile "+Beside(name))
			}
		}
		return ProcessLine{Profile: name, Command: command}, nil
	})
}

// text returns what the config file gets.
func (l ProcessLine) text() (string, error) {
	if l.Instead == "" {
		return processKey + " = " + l.Command + "\n", nil
	}
	text, err := setProcessLines(nil, []ProcessLine{l})
	return string(text), err
}

// besideLine completes the line of NAME-vault: with its other settings, if vault creates it.
func besideLine(config *awsconf.Config, of *awsconf.Profile, l ProcessLine) (ProcessLine, error) {
	if err := CheckProfileName(l.Profile); err != nil {
		return l, err
	}
	if config.Has(l.Profile) {
		p, err := config.Profile(l.Profile)
		if err != nil {
			return l, err
		}
		if !isBeside(p, of.Name()) {
			return l, fault.New(fmt.Sprintf("%s: profile %q is another one already", p.Pos(), l.Profile), "rename it: vault edit "+line.Word(l.Profile))
		}
		return l, nil
	}
	for _, key := range besideKeys {
		v, has := of.Get(key)
		if !has && key == "region" && config.Has("default") { // AWS tools do not inherit it
			if p, err := config.Profile("default"); err == nil {
				v, has = p.Get(key)
			}
		}
		if has && v.Text != "" && !strings.ContainsAny(v.Text, "\r\n") {
			l.Others = append(l.Others, awsconf.KV{Key: key, Value: v.Text})
		}
	}
	return l, nil
}

// isBeside tells whether a profile gets its credentials from vault, as the profile of.
func isBeside(p *awsconf.Profile, of string) bool {
	v, has := p.Get(processKey)
	if !has || slices.ContainsFunc(askedFirst[:], func(key string) bool { _, ok := p.Get(key); return ok }) {
		return false
	}
	for _, goos := range []string{"linux", "windows"} {
		for _, program := range []string{"vault", "a vault"} { // the quotes at the end depend on the beginning
			own, err := processCommand(goos, program, of)
			if err == nil && strings.HasSuffix(v.Text, own[strings.Index(own, " credential-process "):]) {
				return true
			}
		}
	}
	return false
}

// OwnProcessLines returns the lines that vault has written for these profiles, in their
// sections or in those of NAME-vault.
func (s *Session) OwnProcessLines(profiles []string) ([]ProcessLine, error) {
	return s.processLines(profiles, func(config *awsconf.Config, p *awsconf.Profile) (ProcessLine, error) {
		name := p.Name()
		v, has := p.Get(processKey)
		if !has && config.Has(Beside(name)) {
			if other, err := config.Profile(Beside(name)); err == nil && isBeside(other, name) {
				p, name = other, other.Name()
				v, has = p.Get(processKey)
			}
		}
		if !has {
			return ProcessLine{}, fault.New(fmt.Sprintf("profile %q has no credential_process", name), "there is nothing to remove")
		}
		l := ProcessLine{Profile: name, Command: v.Text, Drop: true}
		for _, key := range p.Keys() {
			l.Drop = l.Drop && (key == processKey || slices.Contains(besideKeys[:], key))
		}
		l.Drop = l.Drop && slices.Contains(config.Marked(processMark), header(name))
		return l, nil
	})
}

func (s *Session) processLines(profiles []string, of func(*awsconf.Config, *awsconf.Profile) (ProcessLine, error)) (lines []ProcessLine, err error) {
	config, err := s.world.Config()
	if err != nil {
		return nil, err
	}
	if err := config.Above(); err != nil {
		return nil, err
	}
	for _, name := range profiles {
		p, err := config.Profile(name)
		if err != nil {
			return nil, err
		}
		if old, has := p.Get(processKey); has && !strings.Contains(old.Text, " credential-process ") {
			return nil, fault.New(fmt.Sprintf("%s: profile %q has a credential_process that vault did not write", old.Pos, name), "vault edit "+line.Word(name)+"   if you want to change it")
		}
		l, err := of(config, p)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// setProcessLines adds lines to the text of the config file.
func setProcessLines(text []byte, lines []ProcessLine) ([]byte, error) {
	return editProcessLines(text, lines, func(l ProcessLine) awsconf.Edit {
		e := awsconf.Edit{Set: append(slices.Clone(l.Others), awsconf.KV{Key: processKey, Value: l.Command})}
		if l.Instead != "" {
			e.Mark = processMark
		}
		return e
	})
}

// removeProcessLines removes lines from the text of the config file.
func removeProcessLines(text []byte, lines []ProcessLine) ([]byte, error) {
	return editProcessLines(text, lines, func(l ProcessLine) awsconf.Edit {
		if l.Drop {
			return awsconf.Edit{Drop: true}
		}
		return awsconf.Edit{Unset: []string{processKey}}
	})
}

func editProcessLines(text []byte, lines []ProcessLine, edit func(ProcessLine) awsconf.Edit) (_ []byte, err error) {
	for _, l := range lines {
		e := edit(l)
		e.Header = header(l.Profile)
		if text, err = awsconf.Apply(text, []awsconf.Edit{e}); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// header returns the header of a profile in the config file.
func header(profile string) awsconf.Header {
	return awsconf.Header{Kind: awsconf.ConfigFile, Type: awsconf.ProfileSection, Name: profile}
}

// processCommand returns the line with which an AWS tool runs vault for a profile.
func processCommand(goos, program, profile string) (string, error) {
	if len(program) > 2 && goos == "windows" && program[1] == ':' && strings.Contains(program, `\n`) {
		program = strings.ReplaceAll(program, `\`, "/") // some tools read \n as a line break
	}
	words := []string{program, "credential-process", profile}
	if strings.HasPrefix(profile, "-") {
		words = slices.Insert(words, 2, "--")
	}
	return commandLine(goos, words)
}

// commandLine quotes a command for botocore, which splits it into words itself, and for the
// SDKs that pass it to a shell. The quotes mean the same to both. (In cmd.exe, nothing can
// quote the name of a variable between two % signs.)
func commandLine(goos string, words []string) (string, error) {
	spelt := slices.Clone(words)
	for i, w := range words {
		switch {
		case strings.ContainsFunc(w, unicode.IsControl) || !utf8.ValidString(w):
			return "", fmt.Errorf("%q cannot be written into a credential_process: it has a control character, or is not UTF-8", w)
		case goos == "windows" && (w == "" || strings.ContainsAny(w, " \"'&^|<>()!%;#")):
			spelt[i] = quoteWindows(w)
		case goos != "windows" && (w == "" || !madeOf(w, safe)):
			spelt[i] = quoteUnix(w)
		}
	}
	line := strings.Join(spelt, " ")
	if quote := line[:1]; (quote == "'" || quote == `"`) && strings.HasSuffix(line, quote) {
		// Some tools would take these two quotes for quotes around the whole line.
		line = unquoteEnd(goos, line, words[len(words)-1])
	}
	return line, nil
}

// unquoteEnd makes the line end outside of quotes. word is the last word.
func unquoteEnd(goos, line, word string) string {
	last, size := utf8.DecodeLastRuneInString(word)
	quoted := word[:len(word)-size]
	line = strings.TrimSuffix(line, quoteUnix(word))
	switch {
	case goos == "windows":
		return strings.TrimSuffix(line, quoteWindows(word)) + quoteWindows(quoted) + string(last)
	case unicode.IsSpace(last), last == '\'':
		return line + quoteUnix(quoted) + `"` + string(last) + `"`
	case madeOf(string(last), safe):
		return line + quoteUnix(quoted) + string(last)
	}
	return line + quoteUnix(quoted) + `\` + string(last)
}

// safe are the characters that need no quotes.
const safe = upper + lower + digits + "/._-+@:,"

// Some SDKs read " #" and " ;" as the beginning of a comment, even inside quotes, so a quote
// is put between the two characters.
var commentMarks = []string{" #", " ;"}

// quoteUnix quotes for Python's shlex and for sh.
func quoteUnix(w string) string {
	w = strings.ReplaceAll(w, "'", `'"'"'`)
	for _, mark := range commentMarks {
		w = strings.ReplaceAll(w, mark, mark[:1]+"''"+mark[1:])
	}
	return "'" + w + "'"
}

// quoteWindows quotes by the rules of Microsoft's C runtime, which botocore follows too.
func quoteWindows(w string) string {
	var b strings.Builder
	b.WriteByte('"')
	backslashes := 0
	for i := range len(w) {
		switch c := w[i]; c {
		case '\\':
			backslashes++
			continue
		case '"':
			b.WriteString(strings.Repeat(`\`, 2*backslashes+1))
		default:
			b.WriteString(strings.Repeat(`\`, backslashes))
		}
		backslashes = 0
		if i > 0 && slices.Contains(commentMarks, w[i-1:i+1]) {
			b.WriteString(`"` + w[i:i+1] + `"`) // the mark is quoted separately
		} else {
			b.WriteByte(w[i])
		}
	}
	return b.String() + strings.Repeat(`\`, 2*backslashes) + `"`
}
