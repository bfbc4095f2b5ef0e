package vault

import (
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
)

// ProcessLine is the credential_process of a profile: how AWS tools run vault.
type ProcessLine struct{ Profile, Command string }

const processKey = "credential_process"

// askedFirst are the settings that the AWS CLI asks before a credential_process,
// which it would never run.
var askedFirst = [...]string{"role_arn", "sso_session", "sso_start_url", "aws_access_key_id"}

// ProcessLines are the lines that have AWS tools run a program for these profiles, or
// why one of them cannot have one.
func (s *Session) ProcessLines(goos, program string, profiles []string) ([]ProcessLine, error) {
	return s.processLines(profiles, func(p *awsconf.Profile, name string) (string, error) {
		for _, key := range askedFirst {
			if v, ok := p.Get(key); ok {
				return "", fault.Hinted(fmt.Errorf("%s: profile %q has %s, and AWS tools ask that first", v.Pos, name, key),
					fmt.Sprintf("write a profile of another name: credential_process = vault credential-process %s", name))
			}
		}
		return processCommand(goos, program, name)
	})
}

// OwnProcessLines are the lines of these profiles that vault has written.
func (s *Session) OwnProcessLines(profiles []string) ([]ProcessLine, error) {
	return s.processLines(profiles, func(p *awsconf.Profile, name string) (string, error) {
		v, has := p.Get(processKey)
		if !has {
			return "", fmt.Errorf("profile %q has no credential_process", name)
		}
		return v.Text, nil
	})
}

func (s *Session) processLines(profiles []string, command func(p *awsconf.Profile, name string) (string, error)) (lines []ProcessLine, err error) {
	config, err := s.world.Config()
	if err != nil {
		return nil, err
	}
	for _, name := range profiles {
		p, err := config.Profile(name)
		if err != nil {
			return nil, err
		}
		if old, has := p.Get(processKey); has && !strings.Contains(old.Text, " credential-process ") {
			return nil, fmt.Errorf("%s: profile %q has a credential_process that vault did not write", old.Pos, name)
		}
		text, err := command(p, p.Name())
		if err != nil {
			return nil, err
		}
		lines = append(lines, ProcessLine{p.Name(), text})
	}
	return lines, nil
}

// SetProcessLines writes lines into the text of the config file.
func SetProcessLines(text []byte, lines []ProcessLine) ([]byte, error) {
	return editProcessLines(text, lines, func(text []byte, h awsconf.Header, l ProcessLine) ([]byte, error) {
		return awsconf.SetKeys(text, h, []awsconf.KV{{Key: processKey, Value: l.Command}})
	})
}

// RemoveProcessLines takes lines out of the text of the config file.
func RemoveProcessLines(text []byte, lines []ProcessLine) ([]byte, error) {
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

// processCommand spells a call for botocore, which splits it into words itself, and
// for the SDKs that give it to a shell: '...' means the same to both, on Windows
// "...". What it cannot spell for all of them is an error.
func processCommand(goos, program, profile string) (string, error) {
	quote := "'"
	if goos == "windows" {
		quote = `"`
	}
	words := []string{program, "credential-process", profile}
	if strings.HasPrefix(profile, "-") {
		words = slices.Insert(words, 2, "--")
	}
	for i, w := range words {
		switch {
		case strings.ContainsAny(w, "'\"%\x00\r\n") || strings.Contains(w, " #") || strings.Contains(w, " ;"):
			return "", fmt.Errorf("%q cannot be written into a credential_process that every AWS tool reads alike", w)
		case !madeOf(w, upper+lower+digits+"/._-+@:,") && !(goos == "windows" && !strings.ContainsAny(w, " &^|<>()!")):
			words[i] = quote + w + quote
		}
	}
	return strings.Join(words, " "), nil
}
