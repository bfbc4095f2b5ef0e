package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/browser"
	"awsvault/internal/console"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/say"
	"awsvault/internal/services"
	"awsvault/internal/vault"
	"awsvault/internal/visit"
)

// ConsoleCmd opens the console.
type ConsoleCmd struct {
	Profile  string `arg:"" optional:"" help:"The profile; the active one unless given."`
	Service  string `short:"s" help:"A service by its short name, like s3." placeholder:"SERVICE"`
	Services bool   `help:"List the services; with a word, those that fit it."`
	ConsoleFlags
	Stdout     bool `env:"AWS_VAULT_STDOUT" help:"Print the address; no browser."`
	Portal     bool `help:"Open through the Identity Center access portal."`
	AutoLogout bool `name:"auto-logout" short:"a" env:"AWS_VAULT_AUTO_LOGOUT" help:"Sign out first." hidden:""`

	asLogin bool // AWS_REGION goes before the profile's region, as in aws-vault
}

// Run opens the console.
func (c *ConsoleCmd) Run(a *App) error {
	if c.Services {
		return c.list(a)
	}
	session, w, err := c.want(a)
	if err != nil {
		return err
	}
	session = session.As(a.person(c.Stdout))
	endpoint, err := console.EndpointOf(a.Getenv)
	if err != nil {
		return err
	}
	printed, err := c.printed(a)
	if err != nil {
		return err
	}
	v := visit.Visit{
		Session: session, Want: w, Service: c.Service, Path: c.Path, AutoLogout: c.AutoLogout, Endpoint: endpoint,
		API: a.api, Confirm: a.confirmProtected, Say: a.Say, Now: a.Now,
	}
	if c.Portal {
		address, err := v.Portal(a.ctx)
		if err == nil && !printed {
			_, err = a.launch(c.choice(), address)
			return err
		}
		return a.printAddress(address, err)
	}
	opened, err := v.SignIn(a.ctx)
	if err != nil || printed {
		return a.printAddress(opened.Address, err)
	}
	if err := a.hand(opened.Address, c.choice()); err != nil {
		return err
	}
	a.Say(strings.Join(slices.Concat([]string{a.OK()}, opened.Title(), []string{say.Lasts(opened.Got.Credentials.SessionToken, opened.Until, a.Now())}), "  "))
	return nil
}

// printAddress prints an address, unless there is none.
func (a *App) printAddress(address string, err error) error {
	if err == nil {
		_, err = a.Stdout.WriteString(address + "\n")
	}
	return err
}

// list prints the services.
func (c *ConsoleCmd) list(a *App) error {
	found := services.Search(c.Profile)
	if len(found) == 0 {
		_, err := services.Find(c.Profile)
		return fault.Of(fault.Failed, err) // a list that is empty, not a wrong use
	}
	_, err := a.Stdout.WriteString(services.Table(found))
	return err
}

// want is whose console it is, and the session that gets it: the profile's, else
// that of what is active here, of the keys in the environment, as in aws-vault, or of
// AWS_PROFILE.
func (c *ConsoleCmd) want(a *App) (*vault.Session, vault.Want, error) {
	w := vault.Want{
		Profile: c.Profile, Region: c.Region, Duration: c.Duration, NoSession: c.NoSession, MFAToken: c.MFAToken, Fresh: c.Fresh,
		OwnRegion: !c.asLogin, Console: true, MinLife: console.SigninTokenLife, Printed: c.Stdout,
	}
	c.narrow(&w)
	session := a.session()
	if w.Profile != "" {
		return session, w, nil
	}
	s := a.Active()
	switch {
	case s.Active():
		w = w.ForActive(s, a.Environ["AWS_REGION"])
		w.Printed = c.Stdout
		return a.sessionOf(s), w, nil
	case a.Environ["AWS_ACCESS_KEY_ID"] != "":
		w.Profile = environmentProfile
		session, err := a.around()
		return session, w, err
	case a.Environ["AWS_PROFILE"] != "":
		w.Profile = a.Environ["AWS_PROFILE"]
		return session, w, nil
	}
	name := "console"
	if c.asLogin {
		name = "login"
	}
	var err error
	w.Profile, err = a.pick(fault.NewUsage(name+" needs a profile: none is active in this shell", "vault "+name+" PROFILE   vault list shows the profiles"))
	return session, w, err
}

// printed says whether the address is printed: with --stdout, or where there is no
// browser. A browser that cannot be started is an error before any question.
func (c *ConsoleCmd) printed(a *App) (bool, error) {
	if c.Service != "" && c.Path != "" {
		return false, fault.NewUsage("--service and --path are both a page", "give one of them")
	}
	if c.Stdout {
		return true, nil
	}
	_, err := a.browsers().Open(c.choice(), "https://example.com/")
	if errors.Is(err, browser.ErrNone) {
		a.Say(fmt.Sprintf("vault: no browser here: open this address in yours within %s, and keep it secret", line.Rounded(console.SigninTokenLife)))
		return true, nil
	}
	return false, err
}
