package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"awsvault/internal/clicache"
	"awsvault/internal/resolve"
	"awsvault/internal/source"
	"awsvault/internal/sso"
	"awsvault/internal/vault"
)

// SSOCmd is about sessions of IAM Identity Center.
type SSOCmd struct {
	Add    SSOAddCmd    `cmd:"" help:"Set up Identity Center: sign in, write profiles."`
	Login  SSOLoginCmd  `cmd:"" help:"Sign in."`
	Logout SSOLogoutCmd `cmd:"" help:"Sign out."`
	Sync   SSOSyncCmd   `cmd:"" help:"Write a profile for each account and role."`
}

// SSOLoginCmd signs in anew.
type SSOLoginCmd struct {
	Session       string `arg:"" optional:"" help:"An [sso-session], or a profile."`
	UseDeviceCode bool   `name:"use-device-code" help:"Show a code, for a browser on another machine."`
	NoBrowser     bool   `name:"no-browser" help:"Only print the address."`
	SwitchUser    bool   `name:"switch-user" help:"Sign in as another user than before."`
}

// Run signs in.
func (c *SSOLoginCmd) Run(a *App) error {
	if add, err := a.offersSSO(c.Session); err != nil || add {
		if err == nil {
			err = (&SSOAddCmd{Name: accountAndRole, UseDeviceCode: c.UseDeviceCode}).Run(a)
		}
		return err
	}
	s, bundle, err := a.ssoSession(c.Session)
	if err != nil {
		return err
	}
	sc := a.ssoClient(bundle, resolve.InBrowser, c.UseDeviceCode)
	if sc.Person != nil && c.NoBrowser {
		sc.Person.Open = nil
	}
	sc.SwitchUser = c.SwitchUser
	until, err := sc.Login(a.ctx, s)
	if err != nil {
		return err
	}
	if c.SwitchUser { // what the user before got is not handed out to this one
		if _, err := a.store().RemoveSSOSessions(a.ctx); err != nil {
			return err
		}
	}
	if err := a.saySignedIn(sc, s, until); err != nil {
		return err
	}
	if a.session().HasSSOProfiles(s.Name) {
		return nil
	}
	if s.Name != "" && a.canAsk() {
		t, err := a.terminal()
		if err != nil {
			return err
		}
		write, err := t.Confirm(a.ctx, "No profile uses "+s.Title()+" yet. Write one for each account and role now?", true)
		if err != nil {
			return err
		}
		if write {
			return (&SSOSyncCmd{Session: s.Name, Name: accountAndRole, UseDeviceCode: c.UseDeviceCode}).Run(a)
		}
	}
	a.Say("    next: vault sso sync")
	return nil
}

// saySignedIn says until when the person is signed in.
func (a *App) saySignedIn(client *sso.Client, s sso.Session, until time.Time) error {
	_, renewable, err := client.Token(s)
	if err != nil {
		return err
	}
	a.Say(fmt.Sprintf("%s  signed in to %s%s", a.OK(), s.Title(), a.signedIn(until, renewable)))
	return nil
}

// offersSSO has the person say whether to set up Identity Center, where no session is
// meant and there is none. Without a terminal, that there is none is the error.
func (a *App) offersSSO(named string) (add bool, err error) {
	if named != "" || !a.canAsk() {
		return false, nil
	}
	config, err := a.Config()
	if err != nil || len(config.SSOSessions()) > 0 {
		return false, err
	}
	t, err := a.terminal()
	if err != nil {
		return false, err
	}
	t.Print("There is no [sso-session] in your AWS config file yet.\n")
	return t.Confirm(a.ctx, "Set up IAM Identity Center now?", true)
}

func (a *App) signedIn(until time.Time, renewable bool) string {
	if renewable {
		return " (the token renews by itself)"
	}
	return ", " + a.Expiry(until)
}

// ssoSession finds the session that is meant, and the certificates to trust there.
func (a *App) ssoSession(name string) (sso.Session, resolve.Setting, error) {
	if a.Below() == "" {
		return sso.Session{}, resolve.Setting{}, errors.New("no home directory, so no place for a sign-in")
	}
	in, bundle, err := a.session().SSOSession(name)
	if err != nil {
		return sso.Session{}, resolve.Setting{}, err
	}
	return source.SSOSession(in), bundle, nil
}

// ssoClient signs in to IAM Identity Center. deviceCode is the person's wish; without
// a browser on this machine it is the only way.
func (a *App) ssoClient(bundle resolve.Setting, way resolve.SignInWay, deviceCode bool) *sso.Client {
	c := source.SSO(a.sources(), a.session(), way, bundle)
	if c.Person != nil && deviceCode {
		c.Person.DeviceCode = true
	}
	return c
}

// SSOLogoutCmd signs out.
type SSOLogoutCmd struct {
	Session string `arg:"" optional:"" help:"An [sso-session], or a profile."`
	All     bool   `help:"Of every session in the config file."`
}

// Run signs out.
func (c *SSOLogoutCmd) Run(a *App) error {
	names := []string{c.Session}
	if c.All {
		var err error
		if names, err = a.session().SSOSessions(); err != nil {
			return err
		}
	}
	return vault.SignOut{
		Session: a.session(), Keeper: a.store(),
		Open: func(name string) (vault.SignedIn, error) {
			s, bundle, err := a.ssoSession(name)
			out := func(ctx context.Context) (bool, error) {
				return a.ssoClient(bundle, resolve.Never, false).Logout(ctx, s)
			}
			return vault.SignedIn{Title: s.Title(), StartURL: s.StartURL, Out: out}, err
		},
		ForgetRoles: func() error {
			return clicache.Files{Mine: a.Mine}.ForgetRoles(a.Below(".aws", "cli", "cache"))
		},
	}.Run(a.ctx, names)
}
