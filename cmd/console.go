package cmd

import (
	"errors"

	"awsvault/internal/browser"
	"awsvault/internal/console"
	"awsvault/internal/fault"
	"awsvault/internal/say"
	"awsvault/internal/services"
	"awsvault/internal/visit"
)

// ConsoleCmd opens the AWS console.
type ConsoleCmd struct {
	Profile  string `arg:"" optional:"" help:"The profile. Default: the active one."`
	Service  string `short:"s" help:"A service by its short name, like s3." placeholder:"SERVICE"`
	Services bool   `help:"List the services, or those that match a word."`
	JSON     bool   `name:"json" help:"With --services: print one JSON object."`
	ConsoleFlags
	Stdout     bool `env:"AWS_VAULT_STDOUT" help:"Print the address; no browser."`
	Portal     bool `help:"Open through the Identity Center access portal."`
	AutoLogout bool `name:"auto-logout" short:"a" env:"AWS_VAULT_AUTO_LOGOUT" help:"Sign out first." hidden:""`

	asLogin bool // AWS_REGION overrides the profile's region, as in aws-vault
}

// Run opens the console, or lists its services.
func (c *ConsoleCmd) Run(a *App) error {
	switch {
	case c.Services && c.JSON:
		found, err := services.Listed(c.Profile)
		if err == nil {
			err = a.PrintJSON(found)
		}
		return err
	case c.JSON:
		return fault.NewUsage("--json is for the list of services", "vault console --services --json")
	case c.Services:
		text, err := services.List(c.Profile)
		if err == nil {
			_, err = a.Stdout.WriteString(text)
		}
		return err
	}
	name := "console"
	if c.asLogin {
		name = "login"
	}
	w := c.want(c.Profile)
	w.OwnRegion, w.Console, w.MinLife, w.Printed = !c.asLogin, true, console.SigninTokenLife, c.Stdout
	session, w, err := a.here().Around(w, fault.NewUsage(name+" needs a profile: none is active in this shell", "vault "+name+" PROFILE   vault list shows the profiles"))
	if err != nil {
		return err
	}
	endpoint, err := console.EndpointOf(a.Getenv)
	if err != nil {
		return err
	}
	return visit.Visit{
		Session: session.As(a.person(c.Stdout)), Want: w, Service: c.Service, Path: c.Path, AutoLogout: c.AutoLogout, Endpoint: endpoint,
		API: a.api, Confirm: a.confirmProtected, Say: a.Say, Now: a.Now,
		Printed: c.Stdout, ByPortal: c.Portal, Browser: consoleBrowser{a, c.choice()}, Print: func(address string) error {
			_, err := a.Stdout.WriteString(address + "\n")
			return err
		},
		Done: a.Done, Dots: say.Dots(a.Environ),
	}.Go(a.ctx)
}

// consoleBrowser opens pages in the browser that the flags choose.
type consoleBrowser struct {
	app    *App
	choice browser.Choice
}

func (b consoleBrowser) Check() (none bool, err error) {
	_, err = b.app.browsers().Open(b.choice, "https://example.com/")
	none = errors.Is(err, browser.ErrNone)
	return none, err
}

func (b consoleBrowser) Name() string { return b.app.browsers().Called(b.choice) }

func (b consoleBrowser) Show(page string) error {
	_, err := b.app.launch(b.choice, page)
	return err
}

func (b consoleBrowser) Hand(secret string) error { return b.app.hand(secret, b.choice) }
