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

// RenewCmd is the process in the background that fills the cache, for the prompt
// to pick up. It has no terminal and asks no one.
type RenewCmd struct{}

// Run renews what is active in the environment it inherited.
func (*RenewCmd) Run(a *App) error {
	s := a.Active()
	if env.Untouched(a.Environ, s) != nil {
		return nil // they are the user's now
	}
	expires, _ := a.Expires()
	return a.session().Of(s).As(vault.Nobody{}).RenewInBackground(a.ctx, vault.Active{State: s, Expires: expires})
}

// startRenewal starts that process: in a session of its own without a terminal, with
// nothing open, and without a parent that waits for it.
func (a *App) startRenewal() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "__renew")
	cmd.Env = nodbus.Environ(os.Environ())
	cmd.Dir = string(filepath.Separator) // the person's directory can be removed or unmounted
	process.Detach(cmd)
	return cmd.Start()
}
