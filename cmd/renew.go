package cmd

import (
	"os"
	"os/exec"
	"path/filepath"

	"awsvault/internal/env"
	"awsvault/internal/nodbus"
	"awsvault/internal/process"
	"awsvault/internal/vault"
)

// RenewCmd runs in the background and fills the cache. A later prompt uses the new session.
// It has no terminal and asks no questions.
type RenewCmd struct{}

// Run renews the credentials that are active in its inherited environment.
func (*RenewCmd) Run(a *App) error {
	s := a.Active()
	if env.Untouched(a.Environ, s) != nil {
		return nil // the user changed the variables: leave them alone
	}
	expires, _ := a.Expires()
	return a.session().Of(s).As(vault.Nobody{}).RenewInBackground(a.ctx, vault.Active{State: s, Expires: expires})
}

// startRenewal starts RenewCmd in a session of its own, without a terminal and without open
// files. It does not wait for the process.
func (a *App) startRenewal() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "__renew")
	cmd.Env = nodbus.Environ(os.Environ())
	cmd.Dir = string(filepath.Separator) // so that the user can remove or unmount the directory
	process.Detach(cmd)
	return cmd.Start()
}
