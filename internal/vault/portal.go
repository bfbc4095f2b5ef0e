package vault

import (
	"cmp"
	"context"
	"errors"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/resolve"
)

// AccountAndRole is the template for the names of the profiles that sync writes, unless the
// person gives another one.
const AccountAndRole = "{account}/{role}"

// Portal is IAM Identity Center, called on behalf of the session's person.
type Portal interface {
	// SignIn signs the person in, also if they are signed in already.
	SignIn(ctx context.Context, in *resolve.SignIn, caBundle resolve.Setting, how SigningIn) (until time.Time, renewable bool, err error)
	// Roles lists the roles that the person may use. The warnings say what it could not list.
	Roles(ctx context.Context, in *resolve.SignIn, caBundle resolve.Setting, deviceCode bool) (roles SSORoles, warnings []string, err error)
	// SignOut signs out at AWS and on this machine. was reports whether there was a sign-in.
	SignOut(ctx context.Context, in *resolve.SignIn, caBundle resolve.Setting) (was bool, err error)
	// ForgetRoles removes the role credentials that the AWS CLI has cached.
	ForgetRoles() error
}

// SigningIn holds the options of a sign-in.
type SigningIn struct {
	DeviceCode bool // with a code, in a browser on another machine
	NoBrowser  bool // only show the address
	SwitchUser bool // as a different user than before
}

// SSO signs a person in to IAM Identity Center, and writes profiles for the person's roles.
type SSO struct {
	Session *Session
	Keeper  SignInKeeper
	Portal  Portal
	Typist  func() Typist // returns the person at the terminal; nil: no terminal
	File    func() (ConfigFile, error)
	Expiry  func(time.Time) string   // formats a time for the person
	Print   func(document any) error // receives the document of a dry run, for a program
	Next    func(command string)     // tells the person what to type next
}

// Login signs in to the named [sso-session], or to that of the named profile; without a name,
// to the only one. If there is none, the person may set one up.
func (o SSO) Login(ctx context.Context, name string, how SigningIn) error {
	if add, err := o.offers(ctx, name); err != nil || add {
		if err == nil {
			err = o.Add(ctx, "", SSOAnswers{}, SSOSync{Sync: Sync{Template: AccountAndRole}, DeviceCode: how.DeviceCode})
		}
		return err
	}
	in, caBundle, err := o.Session.SSOSession(name)
	if err != nil {
		return err
	}
	if err := o.signIn(ctx, in, caBundle, how); err != nil {
		return err
	}
	if o.Session.HasSSOProfiles(in.Session) {
		return nil
	}
	if t := o.Typist(); in.Session != "" && t != nil {
		write, err := t.Confirm(ctx, "No profile uses "+in.Name()+" yet. Write one for each account and role now?", true)
		if err != nil {
			return err
		}
		if write {
			return o.Sync(ctx, SSOSync{Name: in.Session, Sync: Sync{Template: AccountAndRole}, DeviceCode: how.DeviceCode})
		}
	}
	o.Session.person.Say("    next: vault sso sync")
	return nil
}

// signIn signs in, and says how long the sign-in lasts.
func (o SSO) signIn(ctx context.Context, in *resolve.SignIn, caBundle resolve.Setting, how SigningIn) error {
	until, renewable, err := o.Portal.SignIn(ctx, in, caBundle, how)
	if err != nil {
		return err
	}
	if how.SwitchUser { // the new user must not get the previous user's sessions
		if _, err := o.Keeper.RemoveSSOSessions(ctx); err != nil {
			return err
		}
	}
	lasts := " (the token renews by itself)"
	if !renewable {
		lasts = ", " + o.Expiry(until)
	}
	o.Session.person.Done("signed in to " + in.Name() + lasts)
	return nil
}

// offers asks whether to set up Identity Center, if no session is named and the config file
// has none. Without a terminal it asks nothing: the caller then fails for lack of a session.
func (o SSO) offers(ctx context.Context, named string) (add bool, err error) {
	if named != "" {
		return false, nil
	}
	t := o.Typist()
	if t == nil {
		return false, nil
	}
	config, err := o.Session.world.Config()
	if err != nil || len(config.SSOSessions()) > 0 {
		return false, err
	}
	t.Print("There is no [sso-session] in your AWS config file yet.\n")
	return t.Confirm(ctx, "Set up IAM Identity Center now?", true)
}

// Add asks for the missing answers, signs in, and writes the session and its profiles. Without
// a name, it derives one from the start URL.
func (o SSO) Add(ctx context.Context, name string, answers SSOAnswers, sync SSOSync) error {
	if err := CheckTemplate(sync.Template); err != nil {
		return err
	}
	if err := answers.Complete(ctx, o.Session, o.Typist()); err != nil {
		return err
	}
	file, err := o.File()
	if err != nil {
		return err
	}
	add := SSOAdd{Session: o.Session, Name: cmp.Or(name, SSOName(answers.StartURL)), StartURL: answers.StartURL, Region: answers.SSORegion, File: file}
	if err := CheckProfileName(add.Name); err != nil {
		return err
	}
	in, caBundle, err := add.SignIn()
	if err != nil {
		return err
	}
	if err := o.signIn(ctx, in, caBundle, SigningIn{DeviceCode: sync.DeviceCode}); err != nil {
		return err
	}
	if err := add.Write(ctx); err != nil {
		return err
	}
	sync.Name, sync.Region = add.Name, answers.Region
	return o.Sync(ctx, sync)
}

// SSOSync is a Sync with the profiles of an [sso-session].
type SSOSync struct {
	Sync              // Session and Print are set from the SSO
	Name       string // of the [sso-session], or a profile; empty: the only one
	DeviceCode bool   // sign in with a code, if a sign-in is needed
	JSON       bool   // a dry run prints a document
}

// Sync lists the person's roles, and writes the missing profiles.
func (o SSO) Sync(ctx context.Context, s SSOSync) error {
	if err := CheckDryRunJSON(s.JSON, s.DryRun); err != nil {
		return err
	}
	if !s.DryRun {
		if add, err := o.offers(ctx, s.Name); err != nil || add {
			if err == nil {
				err = o.Add(ctx, "", SSOAnswers{Region: s.Region, Yes: s.Yes}, SSOSync{Sync: Sync{Template: s.Template, Yes: s.Yes}, DeviceCode: s.DeviceCode})
			}
			return err
		}
	}
	in, caBundle, err := o.Session.SSOSession(s.Name)
	if err != nil {
		return err
	}
	if in.Session == "" {
		return fault.Hinted(errors.New("sync writes profiles that name an [sso-session], and these settings have none"), "vault sso add   writes one")
	}
	if err := CheckTemplate(s.Template); err != nil {
		return err
	}
	if !s.Yes && !s.DryRun && o.Typist() == nil { // before a person signs in
		return SyncUnasked()
	}
	roles, warnings, err := o.Portal.Roles(ctx, in, caBundle, s.DeviceCode)
	if err != nil {
		return err
	}
	for _, warning := range warnings {
		o.Session.person.Say("vault: warning: " + warning)
	}
	file, err := o.File()
	if err != nil {
		return err
	}
	sync := s.Sync
	sync.Session, sync.SSOSession = o.Session, in.Session
	if s.JSON {
		sync.Print = o.Print
	}
	if o.Session.UsualRegion() == "" { // otherwise the profiles inherit the region
		sync.AskRegion = func(ctx context.Context) (string, error) { return o.askRegion(ctx, in.Region) }
	}
	if err := sync.Run(ctx, roles, file); err != nil {
		return err
	}
	if !s.DryRun && o.Session.HasSSOProfiles(in.Session) {
		o.Next("vault use")
	}
	return nil
}

// askRegion asks for the region of new profiles, if the person has not given one.
func (o SSO) askRegion(ctx context.Context, usual string) (string, error) {
	t := o.Typist()
	if t == nil {
		return "", SyncUnasked()
	}
	return AskUntil(ctx, t, "Region of the new profiles", usual, CheckRegion)
}

// Logout signs out of the named [sso-session], or of that of the named profile; with all, of
// every one in the config file.
func (o SSO) Logout(ctx context.Context, name string, all bool) error {
	names := []string{name}
	if all {
		var err error
		if names, err = o.Session.SSOSessions(); err != nil {
			return err
		}
	}
	return SignOut{
		Session: o.Session, Keeper: o.Keeper, ForgetRoles: o.Portal.ForgetRoles,
		Open: func(name string) (SignedIn, error) {
			in, caBundle, err := o.Session.SSOSession(name)
			if err != nil {
				return SignedIn{}, err
			}
			out := func(ctx context.Context) (bool, error) { return o.Portal.SignOut(ctx, in, caBundle) }
			return SignedIn{Title: in.Name(), StartURL: in.StartURL, Out: out}, nil
		},
	}.Run(ctx, names)
}
