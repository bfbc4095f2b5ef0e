package cmd

// StatusCmd shows what is active.
type StatusCmd struct {
	JSON  bool `name:"json" help:"Print one JSON object."`
	Check bool `help:"Print nothing: status 0 if something is active and good, else 1."`
}

// Help is the second part of `vault status --help`.
func (StatusCmd) Help() string {
	return `What is active in this shell, who it is, and until when. Asks neither AWS
nor the keystore.

  vault status
  vault status --check || vault use dev`
}

// Run prints the status.
func (c *StatusCmd) Run(a *App) error { return a.Status(c.JSON, c.Check) }
