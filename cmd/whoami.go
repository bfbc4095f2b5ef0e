package cmd

import (
	"cmp"

	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/status"
)

// WhoamiCmd asks AWS who owns the credentials of this shell, or of a profile.
type WhoamiCmd struct {
	Profile string `arg:"" optional:"" help:"A profile. Default: the credentials in this shell."`
	JSON    bool   `name:"json" help:"Print one JSON object."`
}

// Run asks AWS and prints the answer.
func (c *WhoamiCmd) Run(a *App) error {
	whose, err := a.here().Whose(c.Profile, fault.NewUsage("whoami needs a profile: none is active in this shell", "vault whoami PROFILE   vault list shows the profiles"))
	if err != nil {
		return err
	}
	plan, got, err := whose.Session.Obtain(a.ctx, whose.Want)
	if err != nil {
		return err
	}
	arn, account, err := plan.Identity(a.ctx, got.Credentials)
	if err != nil {
		return err
	}
	region, expires := plan.Region.Text, got.Credentials.Expires
	if whose.Around {
		region = cmp.Or(a.Environ["AWS_REGION"], a.Environ["AWS_DEFAULT_REGION"])
		expires, _ = a.Expires()
	}
	id := status.Identity{Profile: whose.Shown, ARN: arn, Account: account, Region: region, Token: got.Credentials.SessionToken, Expires: expires}
	if c.JSON {
		return a.PrintJSON(id.Document())
	}
	_, err = a.Stdout.WriteString(line.Fit(id.Text(a.Now()), a.Screen()))
	return err
}
