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
type ProcessLine struct{ Profile, Command string }

const processKey = "credential_process"

// askedFirst are the settings that the AWS CLI prefers to a credential_process: with one of
// them, it would never run the process.
var askedFirst = [...]string{"role_arn", "sso_session", "sso_start_url", "aws_access_key_id"}

// ProcessLines returns the lines with which AWS tools run a program for these profiles, or
// says why one of them cannot have such a line.
func (s *Session) ProcessLines(goos, program string, profiles []string) ([]ProcessLine, error) {
	return s.processLines(profiles, func(p *awsconf.Profile, name string) (string, error) {
		for _, key := range askedFirst {
			if v, ok := p.Get(key); ok {
				command, err := processCommand(goos, "vault", name)
				if err != nil {
					return "", err
				}
				return "", fault.Hinted(fmt.Errorf("%s: profile %q has %s, and AWS tools use that first", v.Pos, name, key),
					"write a profile of another name: credential_process = "+command)
			}
		}
		return processCommand(goos, program, name)
	})
}

// OwnProcessLines returns the lines that vault has written for these profiles.
func (s *Session) OwnProcessLines(profiles []string) ([]ProcessLine, error) {
	return s.processLines(profiles, func(p *awsconf.Profile, name string) (string, error) {
		v, has := p.Get(processKey)
		if !has {
			return "", fault.New(fmt.Sprintf("profile %q has no credential_process", name), "there is nothing to remove")
		}
		return v.Text, nil
	})
}

func (s *Session) processLines(profiles []string, command func(p *awsconf.Profile, name string) (string, error)) (lines []ProcessLine, err error) {
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
		text, err := command(p, p.Name())
		if err != nil {
			return nil, err
		}
		lines = append(lines, ProcessLine{p.Name(), text})
	}
	return lines, nil
}

// setProcessLines adds lines to the text of the config file.
func setProcessLines(text []byte, lines []ProcessLine) ([]byte, error) {
	return editProcessLines(text, lines, func(text []byte, h awsconf.Header, l ProcessLine) ([]byte, error) {
		return awsconf.SetKeys(text, h, []awsconf.KV{{Key: processKey, Value: l.Command}})
	})
}

// removeProcessLines removes lines from the text of the config file.
func removeProcessLines(text []byte, lines []ProcessLine) ([]byte, error) {
	return editProcessLines(text, lines, func(text []byte, h awsconf.Header, _ ProcessLine) ([]byte, error) {
		return awsconf.RemoveKey(text, h, processKey)
	})
}

func editProcessLines(text []byte, lines []ProcessLine, edit func([]byte, awsconf.Header, ProcessLine) ([]byte, error)) (_ []byte, err error) {
	for _, l := range lines {
		h := awsconf.Header{Kind: awsconf.ConfigFile, Type: awsconf.ProfileSection, Name: l.Profile}
		if text, err = edit(text, h, l); err != nil {
			return nil, err
		}
	}
	return text, nil
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
