package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/aws"
	"awsvault/internal/browser"
	"awsvault/internal/console"
	"awsvault/internal/fault"
	"awsvault/internal/resolve"
	"awsvault/internal/services"
	"awsvault/internal/vault"
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

// Help is the second part of `vault console --help`.
func (ConsoleCmd) Help() string {
	return `Opens the AWS console in the browser, signed in as the profile, or as what is
active in this shell. Over SSH, or without a browser, it prints the address.

  vault console prod -s s3
  vault console --services log          which names there are`
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
	endpoint, err := a.federationEndpoint()
	if err != nil {
		return err
	}
	printed, err := c.printed(a)
	if err != nil {
		return err
	}
	to := &destination{}
	check := func(p *vault.Plan) error { return to.find(c, p.Plan) }
	if c.Portal {
		return c.portal(a, session, w, to, printed)
	}
	plan, got, err := session.Obtain(a.ctx, w, check, a.confirmProtected)
	if err != nil {
		return err
	}
	if got.SessionToken == "" { // a user's own, of a credential_process
		if got.Credentials, err = plan.Federate(a.ctx, got.Credentials); err != nil {
			return err
		}
	}
	s := console.Signin{Endpoint: endpoint, Issuer: "vault"}
	if s.Endpoint == "" {
		s.Endpoint = to.partition.FederationEndpoint()
	}
	address, until, err := a.signIn(s, plan, got.Credentials, to.page)
	if err != nil {
		return err
	}
	if c.AutoLogout {
		address = console.LogoutFirst(address)
	}
	if printed {
		_, err := a.Stdout.WriteString(address + "\n")
		return err
	}
	if err := a.hand(address, c.choice()); err != nil {
		return err
	}
	a.Say(opened(a, plan, got, until))
	return nil
}

// opened is the line that says where one is now.
func opened(a *App, plan *vault.Plan, got vault.Result, until time.Time) string {
	parts := []string{a.OK(), plan.Profile, "console"}
	about := plan.Target(got).About
	for _, part := range []string{front.Who(about), about.Account, plan.Region.Text} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(append(parts, a.Lasts(got.Credentials.SessionToken, until)), "  ")
}

// list prints the services.
func (c *ConsoleCmd) list(a *App) error {
	found := services.Search(c.Profile)
	if len(found) == 0 {
		_, err := services.Find(c.Profile)
		return fault.Of(fault.Failed, err) // a list that is empty, not a wrong use
	}
	out, width := &strings.Builder{}, 0
	for _, s := range found {
		width = max(width, len(strings.Join(s.Names, " ")))
	}
	for _, s := range found {
		fmt.Fprintf(out, "%-*s  %s\n", width, strings.Join(s.Names, " "), s.Title)
	}
	_, err := a.Stdout.WriteString(out.String())
	return err
}

// want is whose console it is, and the session that gets it: the profile's, else
// that of what is active here, of the keys in the environment, as in aws-vault, or of
// AWS_PROFILE.
func (c *ConsoleCmd) want(a *App) (*vault.Session, vault.Want, error) {
	w := vault.Want{
		Profile: c.Profile, Region: c.Region, Duration: c.Duration, NoSession: c.NoSession, MFAToken: c.MFAToken, Fresh: c.Fresh,
		OwnRegion: !c.asLogin, Console: true, MinLife: console.SigninTokenLife,
	}
	c.narrow(&w)
	session := a.session()
	if w.Profile != "" {
		return session, w, nil
	}
	s := a.Active()
	switch {
	case s.Active():
		again := vault.Again(s)
		w.Profile = s.Profile
		if !w.ReadOnly && len(w.Policies) == 0 {
			w.ReadOnly, w.Policies = again.ReadOnly, again.Policies
		}
		if w.Region == "" {
			w.Region = a.Environ["AWS_REGION"] // of this shell, which the person may have changed
		}
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

// federationEndpoint is the one that is set, empty for AWS's own.
func (a *App) federationEndpoint() (string, error) {
	const name = "AWS_VAULT_FEDERATION_ENDPOINT"
	text := a.Getenv(name)
	if text == "" {
		return "", nil
	}
	if err := console.CheckEndpoint(text); err != nil {
		return "", fault.NewUsage(name+": "+err.Error(), fault.HintOf(err))
	}
	return text, nil
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
		a.Say(fmt.Sprintf("vault: no browser here: open this address in yours within %s, and keep it secret", front.Brief(console.SigninTokenLife)))
		return true, nil
	}
	return false, err
}

// destination is the page that is wanted.
type destination struct {
	partition console.Partition
	page      string
}

// find decides the page, before anything is called.
func (d *destination) find(c *ConsoleCmd, p *resolve.Plan) (err error) {
	w := console.Wish{Region: p.Region.Text, ARN: p.RoleARN, Path: c.Path, SignOut: c.AutoLogout}
	if w.ARN == "" {
		w.ARN = p.Last().LoginSession
	}
	if c.Service != "" {
		s, err := services.Find(c.Service)
		if err != nil {
			return err
		}
		w.Service, w.Global = s.Path, s.Global
	}
	d.partition, d.page, err = w.Destination()
	return err
}

// signIn trades the credentials for an address, and tells until when the console lasts.
func (a *App) signIn(s console.Signin, plan *vault.Plan, c aws.Credentials, page string) (address string, until time.Time, err error) {
	s.API = a.api(plan.CABundle)
	asked := plan.ConsoleDuration
	token, cut, err := s.Token(a.ctx, c, asked)
	if err != nil {
		if a.ctx.Err() != nil {
			return "", until, context.Canceled
		}
		return "", until, err
	}
	until = c.Expires
	switch {
	case cut:
		a.Say("vault: AWS gives these credentials no console that outlasts them, so --duration is not used")
	case asked > 0:
		until = a.Now().Add(asked)
	}
	return s.Address(token, page), until, nil
}

// portal opens the page by way of IAM Identity Center's. Nothing is called.
func (c *ConsoleCmd) portal(a *App, session *vault.Session, w vault.Want, to *destination, printed bool) error {
	plan, err := session.Plan(a.ctx, w)
	if err != nil {
		return err
	}
	last := plan.Last()
	if last.Kind != resolve.SSO {
		return fault.NewUsage(fmt.Sprintf("--portal: profile %q is not one of IAM Identity Center", plan.Profile), "without --portal any role's console opens")
	}
	if err := to.find(c, plan.Plan); err != nil {
		return err
	}
	address, err := console.Portal(last.SignIn.StartURL, last.SSOAccount, last.SSORole, to.page)
	if err != nil {
		return err
	}
	if err := a.confirmProtected(plan); err != nil {
		return err
	}
	if printed {
		_, err := a.Stdout.WriteString(address + "\n")
		return err
	}
	_, err = a.launch(c.choice(), address)
	return err
}
