package cmd

import (
	"cmp"
	"context"

	"awsvault/cmd/front"
	"awsvault/internal/fault"
	"awsvault/internal/resolve"
	"awsvault/internal/source"
	"awsvault/internal/vault"
)

// SSOAddCmd sets up IAM Identity Center: the session, and a profile for each role.
type SSOAddCmd struct {
	Session       string `arg:"" optional:"" help:"A name for the session; from the start URL unless given."`
	StartURL      string `name:"start-url" help:"The address of your company's access portal." placeholder:"URL"`
	SSORegion     string `name:"sso-region" help:"The region of Identity Center." placeholder:"REGION"`
	Region        string `short:"r" help:"The region of the new profiles." placeholder:"REGION"`
	Name          string `help:"Names of profiles, made of {account}, {account_id}, {role}, {session} and {email}." default:"{account}/{role}" placeholder:"TEMPLATE"`
	Yes           bool   `short:"y" help:"Answer yes to all questions."`
	UseDeviceCode bool   `name:"use-device-code" help:"Show a code, for a browser on another machine."`
}

// Help is the second part of `vault sso add --help`.
func (SSOAddCmd) Help() string {
	return `Sets up IAM Identity Center. Asks for the start URL and the region, signs in, and
writes a profile for each account and role that you have. Every answer can be a flag.
Nothing is written before the sign-in worked.

  vault sso add
  vault sso add corp --start-url URL --sso-region eu-west-1 --yes`
}

// Run asks, signs in, and writes the session and its profiles.
func (c *SSOAddCmd) Run(a *App) error {
	if err := vault.CheckTemplate(c.Name); err != nil {
		return err
	}
	if err := c.ask(a); err != nil {
		return err
	}
	file, err := a.configFile()
	if err != nil {
		return err
	}
	add := vault.SSOAdd{Session: a.session(), Name: cmp.Or(c.Session, vault.SSOName(c.StartURL)), StartURL: c.StartURL, Region: c.SSORegion, File: file}
	if err := vault.CheckProfileName(add.Name); err != nil {
		return err
	}
	in, bundle, err := add.SignIn()
	if err != nil {
		return err
	}
	client := a.ssoClient(bundle, resolve.InBrowser, c.UseDeviceCode)
	until, err := client.Login(a.ctx, source.SSOSession(in))
	if err != nil {
		return err
	}
	if err := a.saySignedIn(client, source.SSOSession(in), until); err != nil {
		return err
	}
	if err := add.Write(a.ctx); err != nil {
		return err
	}
	sync := SSOSyncCmd{Session: add.Name, Name: c.Name, Region: c.Region, Yes: c.Yes, UseDeviceCode: c.UseDeviceCode}
	return sync.Run(a)
}

// ask asks for what no flag says.
func (c *SSOAddCmd) ask(a *App) error {
	for _, q := range []struct {
		flag, prompt, usual string
		value               *string
		check               func(string) error
	}{
		{"--start-url", "Start URL", "", &c.StartURL, vault.CheckStartURL},
		{"--sso-region", "Region of Identity Center", "", &c.SSORegion, vault.CheckRegion},
		{"--region", "Region of the new profiles", a.usualRegion(), &c.Region, vault.CheckRegion},
	} {
		if *q.value != "" {
			if err := q.check(*q.value); err != nil {
				return fault.NewUsage(q.flag+": "+err.Error(), "vault sso add --help")
			}
			continue
		}
		if q.flag == "--region" {
			q.usual = cmp.Or(q.usual, c.SSORegion)
			if c.Yes {
				*q.value = q.usual
				continue
			}
		}
		answer, err := a.askUntil(q.prompt, q.usual, q.check, fault.NewPerson("sso add asks for the start URL and the region, and there is no terminal to ask on",
			"vault sso add --start-url URL --sso-region REGION --yes"))
		if err != nil {
			return err
		}
		*q.value = answer
	}
	return nil
}

// usualRegion is the region that the person uses, if they have said so: by a variable,
// or in [default].
func (a *App) usualRegion() string {
	outside := a.Outside()
	if region := cmp.Or(outside["AWS_REGION"], outside["AWS_DEFAULT_REGION"]); region != "" {
		return region
	}
	config, err := a.Config()
	if err != nil {
		return ""
	}
	p, err := config.Profile("default")
	if err != nil {
		return ""
	}
	v, _ := p.Get("region")
	return v.Text
}

// askUntil asks until the answer is a good one. Enter means usual, if there is one.
// unasked is the error where there is no terminal.
func (a *App) askUntil(prompt, usual string, check func(string) error, unasked error) (string, error) {
	t, err := a.terminal()
	if err != nil {
		return "", unasked
	}
	if usual != "" {
		prompt += " [" + front.Printable(usual) + "]"
	}
	answer, err := a.askAgain(t.Ask, prompt+": ", func(answer string) error { return check(cmp.Or(answer, usual)) })
	return cmp.Or(answer, usual), err
}

// askAgain asks until the answer is a good one, and says what is wrong with the others.
func (a *App) askAgain(ask func(context.Context, string) (string, error), prompt string, check func(string) error) (string, error) {
	for {
		answer, err := ask(a.ctx, prompt)
		if err != nil {
			return "", err
		}
		answer = clean(answer)
		if err = check(answer); err == nil {
			return answer, nil
		}
		a.term.Print("  " + front.Printable(err.Error()) + "\n")
	}
}
