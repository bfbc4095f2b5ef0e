package cmd

import (
	"strings"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/say"
	"awsvault/internal/vault"
)

// WhoamiCmd asks AWS whose credentials these are.
type WhoamiCmd struct {
	Profile string `arg:"" optional:"" help:"A profile; unless given, the credentials that this shell has."`
	JSON    bool   `name:"json" help:"Print one JSON object."`
}

// Help is the second part of `vault whoami --help`.
func (WhoamiCmd) Help() string {
	return `Asks AWS who you are (GetCallerIdentity), with the credentials that programs in
this shell would use. "vault status" says what vault knows without asking AWS.

  vault whoami
  vault whoami prod --json`
}

type whoamiJSON struct {
	Schema  int        `json:"schema"`
	Profile *string    `json:"profile"`
	ARN     string     `json:"arn"`
	Account string     `json:"account"`
	Region  *string    `json:"region"`
	Expires *time.Time `json:"expires"`
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
		region = a.Environ["AWS_REGION"]
		if region == "" {
			region = a.Environ["AWS_DEFAULT_REGION"]
		}
		expires, _ = a.Expires()
	}
	if c.JSON {
		doc := whoamiJSON{Schema: 1, Profile: say.Optional(shown), ARN: arn, Account: account, Region: say.Optional(region)}
		if !expires.IsZero() {
			utc := expires.UTC()
			doc.Expires = &utc
		}
		return a.PrintJSON(doc)
	}
	out := &strings.Builder{}
	say.Row(out, "Profile", shown, "")
	say.Row(out, "Identity", arn, "AWS says so")
	say.Row(out, "Account", account, "")
	if region == "" {
		region = "no region"
	}
	say.Row(out, "Region", region, "")
	say.Row(out, "Expires", strings.TrimPrefix(say.Lasts(got.Credentials.SessionToken, expires, a.Now()), "expires "), "")
	_, err = a.Stdout.WriteString(out.String())
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
