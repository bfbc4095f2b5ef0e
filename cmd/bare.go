package cmd

import (
	"fmt"
	"strings"

	"awsvault/cmd/instant"
)

// runBare is `vault` without a word: where one stands, and the one next command.
func runBare(a *App) error {
	s := a.active()
	w := &strings.Builder{}
	fmt.Fprintf(w, "vault %s   AWS credentials for the shell you are in\n\n", instant.Version)
	if s.Active() {
		expires, _ := a.expires()
		row(w, "Profile", s.Profile, a.expiry(expires))
		row(w, "Next", "vault status   vault off", "")
		_, err := a.stdout.WriteString(w.String())
		return err
	}
	config, err := a.config()
	if err != nil {
		return err
	}
	path, err := a.configPath()
	if err != nil {
		return err
	}
	keystore := a.store()
	backend := keystore.Known().Backend()
	stored, _, known := keystore.KnownNames(a.ctx)
	if !known {
		if stored, err = keystore.Names(a.ctx); err == nil {
			backend, err = keystore.Backend(a.ctx)
		}
	}
	if err == nil {
		row(w, "Keystore", backend+": "+counted(len(stored), "key"), "")
	} else {
		row(w, "Keystore", err.Error(), "")
	}
	switch n := len(config.Names()); {
	case n == 0:
		row(w, "Profiles", "none in "+a.tilde(path), "")
		row(w, "Next", "vault add NAME", "you have an access key")
	default:
		row(w, "Profiles", fmt.Sprintf("%d in %s", n, a.tilde(path)), "")
		row(w, "Active", "none", "")
		if line, ok := a.withoutHook(); ok {
			row(w, "Hook", "not in the start-up file", "")
			row(w, "Next", line, "")
		} else {
			row(w, "Next", "vault use PROFILE", "")
		}
	}
	row(w, "More", "vault --help", "")
	_, err = a.stdout.WriteString(w.String())
	return err
}

// withoutHook returns the line that sets up the shell that called, if its start-up
// file does not load the hook.
func (a *App) withoutHook() (string, bool) {
	shell := a.callingShell()
	path, err := a.startupFile(shell)
	if err != nil {
		return "", false
	}
	text, err := startupText(path)
	if err != nil {
		return "", false
	}
	for line := range strings.Lines(text) {
		if loadsHook(shell, line) {
			return "", false
		}
	}
	switch shell {
	case "fish":
		return "vault init fish | source", true
	case "powershell":
		return "vault init powershell", true
	}
	return `eval "$(vault init ` + shell + `)"`, true
}
