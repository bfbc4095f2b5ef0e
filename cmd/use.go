package cmd

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/recent"
	"awsvault/internal/vault"
)

// UseCmd activates a profile in the shell whose hook called.
type UseCmd struct {
	Profile   string        `arg:"" optional:"" help:"The profile; - is the previous one."`
	Region    string        `short:"r" help:"Region, instead of the profile's." placeholder:"REGION"`
	Duration  time.Duration `short:"d" help:"How long, like 1h30m." env:"AWS_VAULT_DURATION" placeholder:"DURATION"`
	NoSession bool          `short:"n" help:"Do not call GetSessionToken."`
	MFAToken  string        `name:"mfa-token" short:"t" help:"The MFA code, instead of being asked." placeholder:"CODE"`
	Fresh     bool          `help:"Do not use cached sessions."`
}

// Help is the second part of `vault use --help`.
func (UseCmd) Help() string {
	return `Puts temporary credentials of the profile into this shell, and its region.
"vault off" brings back what was there before. Needs the hook: vault hook --help
Without PROFILE: the one of .awsprofile, else you pick one. Type a part of it.

  vault use                         pick one
  vault use dev
  vault use prod --region us-east-1 --duration 1h
  vault use -                       the previous profile again`
}

// Run obtains credentials and hands the shell the change.
func (c *UseCmd) Run(a *App) error {
	if a.shell == nil {
		return a.needHook("use")
	}
	profile, file, err := c.profile(a)
	if err != nil {
		return err
	}
	plan, got, err := a.session().Obtain(a.ctx, vault.Want{
		Profile: profile, Region: c.Region, Duration: c.Duration, NoSession: c.NoSession,
		MFAToken: c.MFAToken, Fresh: c.Fresh, OwnRegion: true,
	}, a.confirmProtected, func(p *vault.Plan) error { return vault.Promise(file, p.Account) })
	if err != nil {
		return err
	}
	if err := plan.Keep(a.ctx, file, &got); err != nil {
		return err
	}
	target := plan.Target(got)
	before := a.active()
	before.Previous = a.previous()
	key, _ := a.stateKey()
	change, after, err := env.Use(a.shell.vars(a.environ), before, a.shell.kept, target, key)
	if err != nil {
		return err
	}
	if err := a.apply(change, prompt(after, target.Credentials.Expires)); err != nil {
		return err
	}
	a.say(a.activated(target))
	if file.Path == "" { // a deliberate act; that it is forgotten harms nobody
		_ = recent.Record(a.stateDir(), profile, a.now())
	}
	for _, names := range []map[string]bool{a.shell.universal, a.shell.hidden} {
		for _, n := range slices.Sorted(maps.Keys(names)) {
			if target.TakesAway(n) {
				a.say(fmt.Sprintf("vault: %s is a universal variable of fish, so programs still see it; set -eU %s removes it from every fish", n, n))
			}
		}
	}
	return nil
}

// profile is the name that is meant, and the directory's file if that says it.
func (c *UseCmd) profile(a *App) (string, dirprofile.File, error) {
	var file dirprofile.File
	switch c.Profile {
	case "":
		file, err := a.directoryProfile()
		if errors.Is(err, errNoFile) {
			name, err := a.pick(fault.NewUsage("use needs the name of a profile", "vault list   shows them"))
			return name, file, err
		}
		if c.Region == "" {
			c.Region = file.Region
		}
		return file.Profile, file, err
	case "-":
		if p := a.previous(); p != "" {
			return p, file, nil
		}
		return "", file, fault.NewUsage("no profile was active before in this shell", "vault list   shows the profiles")
	}
	return c.Profile, file, nil
}

// previous is the profile for `use -`: the one before the active one, or the one
// that was last switched off.
func (a *App) previous() string {
	if s := a.active(); s.Active() {
		return s.Previous
	}
	return a.shell.previous
}

// activated is the line that says what is active now.
func (a *App) activated(t env.Target) string {
	parts := []string{a.ok(), t.Profile}
	if id := who(t.About); id != "" {
		parts = append(parts, id)
	}
	if t.About.Account != "" {
		parts = append(parts, t.About.Account)
	}
	if t.Region != "" {
		parts = append(parts, t.Region)
	}
	return strings.Join(append(parts, a.expiry(t.Credentials.Expires)), "  ")
}

// expiry says until when, in the person's own time, and how long that is.
func (a *App) expiry(t time.Time) string {
	if t.IsZero() {
		return "does not expire"
	}
	now := a.now()
	left := t.Sub(now)
	if left <= 0 {
		return fmt.Sprintf("expired %s ago", brief(-left))
	}
	clock := t.Local().Format("15:04")
	if left >= 24*time.Hour {
		clock = t.Local().Format("Mon 15:04")
	}
	return fmt.Sprintf("expires %s (%s)", clock, brief(left))
}

// brief is a duration in at most two units, rounded.
func brief(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%ds", int(d.Seconds()))
	}
	switch d = d.Round(time.Minute); {
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	}
	h, m := int(d.Hours()), int(d.Minutes())%60
	if m == 0 || h >= 10 {
		return fmt.Sprintf("%dh", h)
	}
	return fmt.Sprintf("%dh%dm", h, m)
}

// who is a short name of whoever the credentials are.
func who(about env.About) string {
	if about.Role != "" {
		return "role/" + about.Role
	}
	return identity(about.ARN)
}

// identity shortens an ARN to role/NAME or user/NAME.
func identity(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 {
		return ""
	}
	kind, rest, _ := strings.Cut(parts[5], "/")
	switch kind {
	case "assumed-role":
		name, _, _ := strings.Cut(rest, "/")
		return "role/" + name
	case "role", "user":
		return kind + "/" + rest[strings.LastIndex(rest, "/")+1:]
	}
	return parts[5]
}

// confirmProtected has the person confirm a protected profile.
func (a *App) confirmProtected(p *vault.Plan) error {
	expires, _ := a.expires()
	return p.ConfirmProtected(a.ctx, vault.Active{State: a.active(), Expires: expires}, a.environ)
}
