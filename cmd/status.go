package cmd

import "awsvault/internal/fault"

// StatusCmd shows what is active.
type StatusCmd struct {
	JSON   bool `name:"json" help:"Print one JSON object."`
	All    bool `help:"Show every session, sign-in and stored key, and what ends next."`
	Server bool `help:"Show the credential server of use --via server: what it serves, and whom."`
	Check  bool `help:"Print nothing: status 0 if something is active and good, else 1."`
}

// Help is the second part of `vault status --help`.
func (StatusCmd) Help() string {
	return `What is active in this shell, who it is, and until when. Asks neither AWS
nor the keystore.

  vault status
  vault status --all
  vault status --server
  vault status --check || vault use dev`
}

// Run prints the status.
func (c *StatusCmd) Run(a *App) error {
	if c.All && (c.Server || c.Check) {
		return fault.NewUsage("--all shows leases too, and has no --check: leave the other flag out", "vault status --all")
	}
	if c.All {
		return a.statusOfAll(c.JSON)
	}
	if c.Server {
		return a.statusOfServer(c.JSON)
	}
	return a.Status(c.JSON, c.Check)
}
