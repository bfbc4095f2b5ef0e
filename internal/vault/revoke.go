package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

// Revoke ends the sessions of a profile at AWS, as far as possible, and forgets them on this
// machine. AWS cannot withdraw a session, but an inline policy of the role can deny it
// everything. Revoke forgets the sessions on this machine even if AWS refuses the policy.
type Revoke struct {
	Session *Session
	Keeper  RevocationKeeper
	// IAM returns a client that calls IAM at the endpoint of the plan's profile.
	IAM func(p *Plan, c aws.Credentials, role string) (RoleIAM, error)
	// EndLeases stops the credential server from serving a profile.
	EndLeases func(ctx context.Context, profile string) error
	// SignOut ends the sign-in that a profile uses.
	SignOut func(ctx context.Context, profile string) error
	// ActiveARN is the ARN of the session that is active in this shell, if it belongs to the
	// profile.
	ActiveARN string
	// Active is the profile that is active in this shell; empty: none.
	Active   string
	Everyone bool // all sessions of the role, instead of only this user's
	// Role is the name of the role for Everyone, if the person has typed it on the command
	// line.
	Role string
}

// RevocationKeeper keeps sessions.
type RevocationKeeper interface {
	// SessionKeys returns the cached sessions that have not expired.
	SessionKeys(ctx context.Context) ([]aws.SessionKey, error)
	Session(ctx context.Context, k aws.SessionKey) (aws.Credentials, bool, error)
	RemoveSessions(ctx context.Context, profile string) (int, error)
	// LockRevocation lets one process at a time change the policy of a role.
	LockRevocation(ctx context.Context) (unlock func(), err error)
}

// RoleIAM holds the IAM calls that Revoke makes, all for one role.
type RoleIAM interface {
	// Role returns the unique ID of the role and its ARN.
	Role(ctx context.Context) (id, arn string, err error)
	Policy(ctx context.Context, name string) (document string, err error)
	PutPolicy(ctx context.Context, name, document string) error
	// Now converts a time of this computer's clock to AWS's clock: sessions contain AWS's
	// time.
	Now(t time.Time) time.Time
}

// centerRole is the prefix of the roles that only Identity Center can change.
const centerRole = "AWSReservedSSO_"

// AWS has no way to revoke these sessions.
var (
	errLasts  = errors.New("until it expires")
	errNoRole = fmt.Errorf("is not of a role, and AWS has no way to revoke it: it lasts %w", errLasts)
	errCenter = fmt.Errorf("belongs to IAM Identity Center, and only that can change it: its session lasts %w", errLasts)
)

// Run revokes the sessions. The error says what it could not revoke.
func (r Revoke) Run(ctx context.Context, w Want) error {
	s := r.Session.frozen()
	plan, err := s.Plan(ctx, w)
	if err != nil {
		return err
	}
	if err := r.confirm(ctx, plan); err != nil {
		return err
	}
	failed := r.deny(ctx, plan)
	if ctx.Err() != nil {
		return plain(ctx, failed)
	}
	return r.forget(ctx, plan.Profile, plan, failed)
}

// forget ends the profile's sign-in, sessions and leases on this machine. plan is nil if there
// is none. It returns the first error.
func (r Revoke) forget(ctx context.Context, profile string, plan *Plan, failed error) error {
	s, profiles := r.Session, []string{profile}
	var left []error
	if plan != nil {
		profiles = nil
		for _, p := range r.sharing(ctx, plan) {
			profiles = append(profiles, p.Profile)
		}
		if plan.Steps[0].Kind == resolve.SSO {
			left = append(left, r.SignOut(ctx, plan.Steps[0].Profile))
		}
	}
	cleared := 0
	for _, name := range profiles {
		n, err := r.Keeper.RemoveSessions(ctx, name)
		cleared += n
		left = append(left, err, r.EndLeases(ctx, name))
	}
	s.person.Done("cleared " + line.Count(cleared, "session"))
	for _, err := range left {
		switch {
		case err != nil && failed == nil:
			failed = err
		case err != nil:
			s.Warn(err)
		}
	}
	return failed
}

// check refuses an agent, and --role alone.
func (r Revoke) check() error {
	if err := r.Session.world.Agent.Revokes(); err != nil {
		return err
	}
	if r.Role != "" && !r.Everyone {
		return fault.NewUsage("--role goes with --everyone", "vault clear --revoke --everyone --role NAME PROFILE")
	}
	return nil
}

// Off revokes what is active in a shell, for `vault off`.
func (r Revoke) Off(ctx context.Context, revoke bool, s env.State) error {
	if err := r.check(); err != nil {
		return err
	}
	switch {
	case !revoke:
		return fault.NewUsage("--everyone goes with --revoke", "vault off --revoke --everyone")
	case !s.Active():
		return fault.NewUsage("no profile is active in this shell, so there is nothing to revoke", "vault clear --revoke PROFILE")
	}
	r.ActiveARN = s.About.ARN
	err := r.Run(ctx, Again(s))
	if errors.Is(err, errLasts) { // trying again would not help, but deactivating does
		r.Session.Warn(err)
		r.Session.person.Say("  hint: " + fault.HintOf(err))
		return nil
	}
	return err
}

// Clear revokes the sessions of a profile, or of all profiles, for `vault clear`.
func (r Revoke) Clear(ctx context.Context, revoke, all bool, profile string) error {
	if err := r.check(); err != nil {
		return err
	}
	switch {
	case !revoke:
		return fault.NewUsage("--all and --everyone go with --revoke", "vault clear   without them clears all sessions")
	case (profile == "") != all:
		return fault.NewUsage("--revoke needs a profile, or --all", "vault clear --revoke PROFILE")
	case all && r.Everyone:
		return fault.NewUsage("--everyone needs one profile, not --all", "vault clear --revoke --everyone PROFILE")
	}
	var err error
	if all {
		err = r.All(ctx)
	} else {
		err = r.Run(ctx, Want{Profile: profile})
	}
	if err == nil && r.Active != "" && (all || r.Active == profile) {
		r.Session.person.Say("    this shell still has a session of " + line.Printable(r.Active) + " that is denied now: vault refresh gets a new one")
	}
	return err
}

// All revokes the sessions of every profile that has one in the cache. It continues after a
// profile that fails. It ends no sign-in before AWS denies all sessions, because the sign-in
// may be needed for the next one.
func (r Revoke) All(ctx context.Context) error {
	profiles, err := r.cached(ctx)
	if err != nil {
		return err
	}
	r.Session = r.Session.frozen()
	plans, errs := make([]*Plan, len(profiles)), make([]error, len(profiles))
	for i, profile := range profiles {
		if plans[i], errs[i] = r.Session.Plan(ctx, Want{Profile: profile}); errs[i] == nil {
			errs[i] = r.deny(ctx, plans[i])
		}
		if ctx.Err() != nil {
			return plain(ctx, errs[i])
		}
	}
	var failed []string
	for i, profile := range profiles {
		if err := r.forget(ctx, profile, plans[i], errs[i]); err != nil {
			r.Session.Warn(fmt.Errorf("%s: %w", line.Printable(profile), err))
			failed = append(failed, line.Printable(profile))
		}
	}
	switch {
	case len(profiles) == 0:
		r.Session.person.Say("vault: no session is cached, so there is nothing to revoke")
	case len(failed) > 0:
		return fault.New("not revoked at AWS: "+strings.Join(failed, ", "), "vault clear --revoke PROFILE   tries one of them again")
	}
	return nil
}

// cached returns the profiles that have a session in the cache.
func (r Revoke) cached(ctx context.Context) ([]string, error) {
	keys, err := r.Keeper.SessionKeys(ctx)
	var profiles []string
	for _, k := range keys {
		profiles = append(profiles, k.Profile)
	}
	slices.Sort(profiles)
	return slices.Compact(profiles), err
}

// sharing returns the plans whose sessions are of the same role: p, and those of the other
// profiles that have a session in the cache. One policy denies them all. Otherwise vault would
// hand out these dead sessions until they expire.
func (r Revoke) sharing(ctx context.Context, p *Plan) []*Plan {
	all := []*Plan{p}
	profiles, err := r.cached(ctx)
	if err != nil {
		r.Session.Warn(err)
	}
	for _, profile := range profiles {
		if profile == p.Profile || p.Last().RoleARN == "" {
			continue
		}
		if other, err := r.Session.Plan(ctx, Want{Profile: profile}); err == nil && other.Last().RoleARN == p.Last().RoleARN {
			all = append(all, other)
		}
	}
	return all
}

// role returns the role whose sessions a plan delivers.
func (p *Plan) role() (arn aws.ARN, name string, err error) {
	last := p.Last()
	if last.Kind == resolve.SSO {
		return arn, "", centerRefuses("the role of " + line.Printable(last.SSORole))
	}
	arn, ok := aws.ParseGlobalARN(last.RoleARN, "iam")
	name, isRole := arn.RoleName()
	switch {
	case !ok || !isRole:
		return arn, "", fault.Hinted(fmt.Errorf("the session of %q %w", p.Profile, errNoRole),
			"deactivate the key that it was made with, in IAM   vault rotate replaces it")
	case strings.HasPrefix(name, centerRole):
		return arn, "", centerRefuses("role " + name)
	}
	return arn, name, nil
}

func centerRefuses(role string) error {
	return fault.Hinted(fmt.Errorf("%s %w", role, errCenter),
		"an administrator of Identity Center can deny them in the permission set")
}

// confirm makes the person type the name of a role before all of its sessions end.
func (r Revoke) confirm(ctx context.Context, p *Plan) error {
	_, name, err := p.role()
	if !r.Everyone || err != nil {
		return nil // deny reports the error
	}
	if r.Role != "" {
		if r.Role != name {
			return fault.NewUsage(fmt.Sprintf("the role of %q is %s, and not %s, so nothing was changed", p.Profile, name, line.Printable(r.Role)), "--role "+line.Word(name))
		}
		return nil
	}
	ok, err := r.Session.person.Confirm(ctx, Question{
		Text:    fmt.Sprintf("This ends the sessions of everyone and everything that uses role %s in account %s. Type the role's name to continue", name, p.Account),
		Word:    name,
		Unasked: fault.NewPerson("--everyone ends the sessions of other people, and there is no terminal to confirm it on", "run it in a terminal, or give the role's name: --role "+line.Word(name)),
	})
	if err == nil && !ok {
		err = fmt.Errorf("that is not %q, so nothing was changed", name)
	}
	return err
}

// deny adds a policy to the role that denies the sessions.
func (r Revoke) deny(ctx context.Context, p *Plan) error {
	arn, role, err := p.role()
	if err != nil {
		return err
	}
	names := r.names(ctx, p, arn, role)
	refused := fmt.Errorf("the sessions of role %s are not revoked: there are no credentials to do it with", role)
	for _, caller := range []func(context.Context, *Plan, aws.ARN) (aws.Credentials, error){callerOfSource, callerOfRole} {
		c, err := caller(ctx, p, arn)
		if err == nil && c.AccessKeyID != "" {
			err = r.denyAs(ctx, p, c, role, names)
		}
		switch {
		case ctx.Err() != nil:
			return err
		case err == nil && c.AccessKeyID != "":
			return nil
		case err != nil && !denied(err) && !stale(err):
			return err
		case err != nil:
			refused = err
		}
	}
	return refused
}

// denyAs writes the policy with the given credentials.
func (r Revoke) denyAs(ctx context.Context, p *Plan, c aws.Credentials, role string, names []string) error {
	client, err := r.IAM(p, c, role)
	if err != nil {
		return err
	}
	id, arn, err := client.Role(ctx)
	if err != nil {
		return lacks("iam:GetRole", role, err)
	}
	if arn != p.Last().RoleARN {
		return fmt.Errorf("IAM returned %s, not %s, so nothing was changed", line.Printable(arn), p.Last().RoleARN)
	}
	at, err := r.write(ctx, client, role, id, names)
	if err != nil {
		return err
	}
	whose := "as " + strings.Join(names, ", ")
	if r.Everyone {
		whose = "of everyone"
	}
	person := r.Session.person
	person.Done(fmt.Sprintf("revoked: sessions of role %s %s that were issued before %s are denied, in a few seconds everywhere", role, whose, at.Format("15:04:05 UTC")))
	person.Say(fmt.Sprintf("    undo: aws iam delete-role-policy --role-name %s --policy-name %s", line.Word(role), RevocationPolicy))
	return nil
}
