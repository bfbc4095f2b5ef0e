package cmd

import "awsvault/internal/fault"

// StatusCmd shows the active profile.
type StatusCmd struct {
	JSON   bool `name:"json" help:"Print one JSON object."`
	All    bool `help:"Show every session, sign-in and stored key, and what ends next."`
	Server bool `help:"Show the server of use --via server: what it serves, and to whom."`
	Check  bool `help:"Print nothing: status 0 if a profile is active and valid, else 1."`
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
