package cmd

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
)

// processes writes credential_process into the sections of the profiles.
func (c *InitCmd) processes(a *App) error {
	if len(c.Shell) == 0 {
		return fault.NewUsage("--credential-process needs profiles", "vault init --credential-process dev")
	}
	config, err := a.Config()
	if err != nil {
		return err
	}
	path, err := a.ConfigPath()
	if err != nil {
		return err
	}
	lines := map[string]string{}
	shown := fmt.Sprintf("vault will change %s:\n", front.Printable(a.Tilde(path)))
	for _, name := range c.Shell {
		if lines[name], err = c.process(a, config, name); err != nil {
			return err
		}
		shown += fmt.Sprintf("    [%s]  credential_process = %s\n", front.Printable(name), front.Printable(lines[name]))
	}
	switch {
	case c.Print:
		for _, name := range c.Shell {
			if _, err := fmt.Fprintf(a.Stdout, "credential_process = %s\n", lines[name]); err != nil {
				return err
			}
		}
		return nil
	case c.Undo:
		shown = fmt.Sprintf("vault will take credential_process of %s out of %s\n", front.Printable(strings.Join(c.Shell, ", ")), front.Printable(a.Tilde(path)))
	}
	if !c.Yes {
		yes, err := a.agree(shown, "Write it?")
		if err != nil || !yes {
			return err
		}
	}
	err = a.updateAWS(path, func(text []byte) ([]byte, error) {
		for _, name := range c.Shell {
			header := awsconf.Header{Kind: awsconf.ConfigFile, Type: awsconf.ProfileSection, Name: name}
			var err error
			if c.Undo {
				text, err = awsconf.RemoveKey(text, header, "credential_process")
			} else {
				text, err = awsconf.SetKeys(text, header, []awsconf.KV{{Key: "credential_process", Value: lines[name]}})
			}
			if err != nil {
				return nil, err
			}
		}
		return text, nil
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", a.Tilde(path), err)
	}
	a.Say(fmt.Sprintf("%s  wrote %s", a.OK(), a.Tilde(path)))
	return nil
}

// process is the value for one profile, or why it cannot have one.
func (c *InitCmd) process(a *App, config *awsconf.Config, name string) (string, error) {
	p, err := config.Profile(name)
	if err != nil {
		return "", err
	}
	old, has := p.Get("credential_process")
	ours := strings.Contains(old.Text, " credential-process ")
	switch {
	case c.Undo && !has:
		return "", fmt.Errorf("profile %q has no credential_process", name)
	case has && !ours:
		return "", fmt.Errorf("%s: profile %q has a credential_process that vault did not write", old.Pos, name)
	case c.Undo:
		return old.Text, nil
	}
	// What the AWS CLI asks before a credential_process, which it would never run.
	for _, key := range []string{"role_arn", "sso_session", "sso_start_url", "aws_access_key_id"} {
		if v, ok := p.Get(key); ok {
			return "", fault.Hinted(fmt.Errorf("%s: profile %q has %s, and AWS tools ask that first", v.Pos, name, key),
				fmt.Sprintf("write a profile of another name: credential_process = vault credential-process %s", name))
		}
	}
	binary, err := instant.Binary(a.Argv0)
	if err != nil {
		return "", err
	}
	return processLine(runtime.GOOS, binary, name)
}

// processLine spells a call for botocore, which splits it into words itself, and
// for the SDKs that give it to a shell: '...' means the same to both, on Windows
// "...". What it cannot spell for all of them is an error.
func processLine(goos, binary, profile string) (string, error) {
	quote := "'"
	if goos == "windows" {
		quote = `"`
	}
	words := []string{binary, "credential-process", profile}
	if strings.HasPrefix(profile, "-") {
		words = slices.Insert(words, 2, "--")
	}
	for i, w := range words {
		switch {
		case strings.ContainsAny(w, "'\"%\x00\r\n") || strings.Contains(w, " #") || strings.Contains(w, " ;"):
			return "", fmt.Errorf("%q cannot be written into a credential_process that every AWS tool reads alike", w)
		case strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:,") != "" && !(goos == "windows" && !strings.ContainsAny(w, " &^|<>()!")):
			words[i] = quote + w + quote
		}
	}
	return strings.Join(words, " "), nil
}
