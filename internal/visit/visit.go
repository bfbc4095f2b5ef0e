// Package visit opens the AWS console as a profile. It decides which page to open, whether
// an address can be made for the profile at all, and whether the address is opened or
// printed.
//
// It does not know which browser opens a page, a terminal or the command line. The address
// is a secret, and visit only passes it on.
package visit

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"awsvault/internal/awsapi"
	"awsvault/internal/console"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
	"awsvault/internal/say"
	"awsvault/internal/services"
	"awsvault/internal/vault"
)

// Visit describes a visit to the console.
type Visit struct {
	Session    *vault.Session
	Want       vault.Want
	Service    string // a service's short name
	Path       string // a page's path or address
	AutoLogout bool   // sign out first
	Endpoint   string // the endpoint that creates sign-in tokens; empty for AWS's own

	Printed  bool // print the address and open no browser
	ByPortal bool // use the access portal of IAM Identity Center

	API     func(caBundle resolve.Setting) *awsapi.Client
	Confirm func(*vault.Plan) error // asks before a protected profile is used
	Browser Browser
	Print   func(address string) error
	Say     func(line string)
	Done    func(text string) // reports a finished action
	Now     func() time.Time
	Dots    string // the dots after a running action
}

// Browser opens pages.
type Browser interface {
	// Check reports whether there is no browser. err says why a browser cannot be started.
	Check() (none bool, err error)
	// Name returns the name that the person uses, or "" if it is unknown.
	Name() string
	Show(page string) error
	// Hand opens a secret address.
	Hand(address string) error
}

// Go opens the console in the browser, or prints its address.
func (v Visit) Go(ctx context.Context) error {
	printed, none, err := v.prints()
	if err != nil {
		return err
	}
	open, title := v.Browser.Show, ""
	var address string
	if v.ByPortal {
		address, err = v.Portal(ctx)
	} else {
		var opened Opened
		open = v.Browser.Hand
		if opened, err = v.SignIn(ctx); err == nil {
			address = opened.Address
			title = strings.Join(append(opened.Title(), say.Lasts(opened.Got.Credentials.SessionToken, opened.Until, v.Now())), "  ")
		}
	}
	if err != nil {
		return err
	}
	if none {
		v.Say(fmt.Sprintf("vault: no browser here: open this address in yours within %s, and keep it secret", line.Rounded(console.SigninTokenLife)))
	}
	if printed || none {
		return v.Print(address)
	}
	v.Say(v.Opening())
	if err := open(address); err != nil {
		return err
	}
	if title != "" {
		v.Done(title)
	}
	return nil
}

// Opening says what happens now, and what to do if no page appears.
func (v Visit) Opening() string {
	of, stdout := "", "vault console --stdout"
	if name := v.Want.Profile; name != "" {
		of, stdout = " of "+name, "vault console "+line.Word(name)+" --stdout"
	}
	return fmt.Sprintf("Opening the console%s in %s%s (did it not open? %s)", of, cmp.Or(v.Browser.Name(), "your browser"), v.Dots, stdout)
}

// prints reports whether to print the address, because it was asked for or because there is no
// browser. A browser that cannot be started is an error before any question.
func (v Visit) prints() (wanted, none bool, err error) {
	if v.Service != "" && v.Path != "" {
		return false, false, fault.NewUsage("--service and --path are both a page", "give one of them")
	}
	if v.Printed {
		return true, false, nil
	}
	if none, err = v.Browser.Check(); none {
		err = nil
	}
	return false, none, err
}

// Opened is an address that opens the console.
type Opened struct {
	Address string // an address that signs in
	Plan    *vault.Plan
	Got     vault.Result
	Until   time.Time // when the console session ends; zero if with the credentials
}

// destination is the page to open.
type destination struct {
	partition console.Partition
	page      string
}

// find determines the page, before any call.
func (v Visit) find(p *resolve.Plan) (d destination, err error) {
	w := console.Wish{Region: p.Region.Text, ARN: p.RoleARN, Path: v.Path, SignOut: v.AutoLogout}
	if w.ARN == "" {
		w.ARN = p.Last().LoginSession
	}
	if v.Service != "" {
		s, err := services.Find(v.Service)
		if err != nil {
			return d, err
		}
		w.Service, w.Global = s.Path, s.Global
	}
	d.partition, d.page, err = w.Destination()
	return d, err
}

// SignIn gets credentials and exchanges them for an address.
func (v Visit) SignIn(ctx context.Context) (Opened, error) {
	var to destination
	check := func(p *vault.Plan) (err error) { to, err = v.find(p.Plan); return err }
	plan, got, err := v.Session.Obtain(ctx, v.Want, check, v.Confirm)
	if err != nil {
		return Opened{}, err
	}
	if got.SessionToken == "" { // a user's own credentials, from a credential_process
		if got.Credentials, err = plan.Federate(ctx, got.Credentials); err != nil {
			return Opened{}, err
		}
	}
	s := console.Signin{API: v.API(plan.CABundle), Endpoint: v.Endpoint, Issuer: "vault"}
	if s.Endpoint == "" {
		s.Endpoint = to.partition.FederationEndpoint()
	}
	asked := plan.ConsoleDuration
	token, cut, err := s.Token(ctx, got.Credentials, asked)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Canceled
		}
		return Opened{}, err
	}
	o := Opened{Address: s.Address(token, to.page), Plan: plan, Got: got, Until: got.Credentials.Expires}
	switch {
	case cut:
		v.Say("vault: a console ends when these credentials expire, so --duration is not used")
	case asked > 0:
		o.Until = v.Now().Add(asked)
	}
	if v.AutoLogout {
		o.Address = console.LogoutFirst(o.Address)
	}
	return o, nil
}

// Portal returns an address through IAM Identity Center's portal. It makes no call, and the
// address contains no secret.
func (v Visit) Portal(ctx context.Context) (address string, err error) {
	plan, err := v.Session.Plan(ctx, v.Want)
	if err != nil {
		return "", err
	}
	last := plan.Last()
	if last.Kind != resolve.SSO {
		return "", fault.NewUsage(fmt.Sprintf("--portal: profile %q does not use IAM Identity Center", plan.Profile), "without --portal any role's console opens")
	}
	to, err := v.find(plan.Plan)
	if err != nil {
		return "", err
	}
	if address, err = console.Portal(last.SignIn.StartURL, last.SSOAccount, last.SSORole, to.page); err != nil {
		return "", err
	}
	return address, v.Confirm(plan)
}

// Title returns the parts of a title: profile, role, account and region.
func (o Opened) Title() []string {
	about := o.Plan.Target(o.Got).About
	parts := []string{o.Plan.Profile, "console"}
	for _, part := range []string{about.Who(), about.Account, o.Plan.Region.Text} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
