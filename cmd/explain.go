package cmd

import (
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/resolve"
	"awsvault/internal/source"
	"awsvault/internal/vault"
)

// ExplainCmd shows how a profile gets its credentials.
type ExplainCmd struct {
	Profile   string        `arg:"" optional:"" help:"The profile. Default: the active one, then AWS_PROFILE."`
	Region    string        `short:"r" help:"As with use." placeholder:"REGION"`
	Duration  time.Duration `short:"d" help:"As with use." env:"AWS_VAULT_DURATION" placeholder:"DURATION"`
	Min       time.Duration `help:"As with use." placeholder:"DURATION"`
	NoSession bool          `short:"n" help:"As with use."`
	NarrowFlags
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Run prints the plan.
func (c *ExplainCmd) Run(a *App) error {
	w := vault.Want{Profile: c.Profile, Region: c.Region, Duration: c.Duration, Min: c.Min, NoSession: c.NoSession, OwnRegion: true}
	c.narrow(&w)
	session, w, err := a.here().Implied(w, fault.NewUsage("explain needs a profile", "vault explain PROFILE   vault list shows the profiles"))
	if err != nil {
		return err
	}
	plan, err := session.As(a.nobody()).Plan(a.ctx, w)
	if err != nil {
		return err
	}
	e, err := plan.Explain(a.ctx, a.signedInNow)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.PrintJSON(e.Document())
	}
	_, err = a.Stdout.WriteString(a.Named(e.Text(a.Screen())))
	return err
}

// signedInNow describes the sign-in of a step: until when it lasts, and whether it renews.
func (a *App) signedInNow(s resolve.Step) string {
	until, renewable, err := a.signIns().Until(s.SignIn)
	return source.SignedIn(until, renewable, err, a.Expiry)
}
