package cmd

// StatusCmd shows what is active.
type StatusCmd struct {
	JSON   bool `name:"json" help:"Print one JSON object."`
	Server bool `help:"Show the credential server of use --via server: what it serves, and whom."`
	Check  bool `help:"Print nothing: status 0 if something is active and good, else 1."`
}

// Help is the second part of `vault status --help`.
func (StatusCmd) Help() string {
	return `What is active in this shell, who it is, and until when. Asks neither AWS
nor the keystore.

  vault status
  vault status --server
  vault status --check || vault use dev`
}

// Run prints the status.
func (c *StatusCmd) Run(a *App) error {
	if c.Server {
		return a.statusOfServer(c.JSON)
	}
	return a.Status(c.JSON, c.Check)
}
