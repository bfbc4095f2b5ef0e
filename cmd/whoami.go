package cmd

import (
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/status"
	"awsvault/internal/vault"
	"cmp"
)

// WhoamiCmd asks AWS whose credentials these are.
type WhoamiCmd struct {
	Profile string `arg:"" optional:"" help:"A profile; unless given, the credentials that this shell has."`
	JSON    bool   `name:"json" help:"Print one JSON object."`
}

// Run asks.
func (c *WhoamiCmd) Run(a *App) error {
	session, want, shown, err := c.whose(a)
	if err != nil {
		return err
	}
	plan, got, err := session.Obtain(a.ctx, want)
	if err != nil {
		return err
	}
	arn, account, err := plan.Identity(a.ctx, got.Credentials)
	if err != nil {
		return err
	}
	region, expires := plan.Region.Text, got.Credentials.Expires
	if want.Profile == environmentProfile && c.Profile == "" {
		region = cmp.Or(a.Environ["AWS_REGION"], a.Environ["AWS_DEFAULT_REGION"])
		expires, _ = a.Expires()
	}
	id := status.Identity{Profile: shown, ARN: arn, Account: account, Region: region, Token: got.Credentials.SessionToken, Expires: expires}
	if c.JSON {
		return a.PrintJSON(id.Document())
	}
	_, err = a.Stdout.WriteString(line.Fit(id.Text(a.Now()), a.Screen()))
	return err
}

// whose finds the session that gets the credentials in question, and the profile that is
// shown for them: none for keys that vault has not set.
func (c *WhoamiCmd) whose(a *App) (*vault.Session, vault.Want, string, error) {
	if c.Profile == "" && (a.Environ["AWS_ACCESS_KEY_ID"] != "" || a.Environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] != "") {
		session, err := a.around()
		return session, vault.Want{Profile: environmentProfile}, a.Active().Profile, err
	}
	session, want, err := a.implied(vault.Want{Profile: c.Profile}, fault.NewUsage("whoami needs a profile: none is active in this shell", "vault whoami PROFILE   vault list shows the profiles"))
	return session, want, want.Profile, err
}
