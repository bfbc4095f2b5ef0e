package cmd

import (
	"fmt"
	"strings"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/internal/startup"
)

// runBare is `vault` without a word: where one stands, and the one next command.
func runBare(a *App) error {
	s := a.Active()
	w := &strings.Builder{}
	fmt.Fprintf(w, "%s %s   AWS credentials for the shell you are in\n\n", a.Called(), instant.Version)
	if s.Active() {
		expires, _ := a.Expires()
		front.Row(w, "Profile", s.Profile, a.Lasts(a.Environ["AWS_SESSION_TOKEN"], expires))
		front.Row(w, "Next", "vault status   vault off", "")
		_, err := a.Stdout.WriteString(a.Named(w.String()))
		return err
	}
	config, err := a.Config()
	if err != nil {
		return err
	}
	path, err := a.ConfigPath()
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
		front.Row(w, "Keystore", backend+": "+front.Counted(len(stored), "key"), "")
	} else {
		front.Row(w, "Keystore", err.Error(), "")
	}
	switch n := len(config.Names()); {
	case n == 0:
		front.Row(w, "Profiles", "none in "+a.Tilde(path), "")
		front.Row(w, "Next", "vault add NAME", "you have an access key")
	default:
		front.Row(w, "Profiles", fmt.Sprintf("%d in %s", n, a.Tilde(path)), "")
		front.Row(w, "Active", "none", "")
		if line, ok := a.withoutHook(); ok {
			front.Row(w, "Hook", "not in the start-up file", "")
			front.Row(w, "Next", line, "")
		} else {
			front.Row(w, "Next", "vault use PROFILE", "")
		}
	}
	front.Row(w, "More", "vault --help", "")
	_, err = a.Stdout.WriteString(a.Named(w.String()))
	return err
}

// withoutHook returns the line that sets up the shell that called, if its start-up
// file does not load the hook.
func (a *App) withoutHook() (string, bool) {
	shell := a.callingShell()
	path, err := a.startup().File(a.ctx, shell)
	if err != nil {
		return "", false
	}
	text, err := startup.Read(path)
	if err != nil || len(startup.Lines(shell, text)) > 0 {
		return "", false
	}
	switch shell {
	case "fish":
		return "vault init fish | source", true
	case "powershell":
		return "vault init powershell", true
	}
	return `eval "$(vault init ` + shell + `)"`, true
}
