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
	switch n := len(config.Names()); {
	case n == 0:
		row(w, "Profiles", "none in "+a.tilde(path), "")
		row(w, "Next", "vault add NAME", "you have an access key")
	default:
		row(w, "Profiles", fmt.Sprintf("%d in %s", n, a.tilde(path)), "")
		row(w, "Active", "none", "")
		row(w, "Next", "vault use PROFILE", "needs the hook: vault hook --help")
	}
	row(w, "More", "vault --help", "")
	_, err = a.stdout.WriteString(w.String())
	return err
}
