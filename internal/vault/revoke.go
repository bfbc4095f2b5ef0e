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

// Revoke ends the sessions of a profile at AWS, as far as that is possible, and forgets
// them here. A session cannot be taken back; an inline policy of its role can deny it
// everything. What is forgotten here is forgotten even where AWS refuses.
type Revoke struct {
	Session *Session
	Keeper  RevocationKeeper
	// IAM calls IAM where the plan's profile does.
	IAM func(p *Plan, c aws.Credentials, role string) (RoleIAM, error)
	// EndLeases has the credential server give nothing more for a profile.
	EndLeases func(ctx context.Context, profile string) error
	// SignOut ends the sign-in that a profile uses.
	SignOut func(ctx context.Context, profile string) error
	// ActiveARN is whose session is active in this shell, if it is of the profile.
	ActiveARN string
	Everyone  bool // all sessions of the role, not only this user's
}

// RevocationKeeper keeps sessions.
type RevocationKeeper interface {
	// SessionKeys are the cached sessions that have not expired.
	SessionKeys(ctx context.Context) ([]aws.SessionKey, error)
	Session(ctx context.Context, k aws.SessionKey) (aws.Credentials, bool, error)
	RemoveSessions(ctx context.Context, profile string) (int, error)
}

// RoleIAM is what revoking calls: the inline policies of one role.
type RoleIAM interface {
	// Role is the unique id of the role and its ARN.
	Role(ctx context.Context) (id, arn string, err error)
	Policy(ctx context.Context, name string) (document string, err error)
	PutPolicy(ctx context.Context, name, document string) error
}

// centerRole begins the names of the roles that only Identity Center changes.
const centerRole = "AWSReservedSSO_"

// Run revokes. The error says what was not revoked.
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
	var left []error
	if plan.Steps[0].Kind == resolve.SSO {
		left = append(left, r.SignOut(ctx, plan.Steps[0].Profile))
	}
	n, err := r.Keeper.RemoveSessions(ctx, plan.Profile)
	left = append(left, err, r.EndLeases(ctx, plan.Profile))
	if err == nil {
		s.person.Done("cleared " + line.Count(n, "session"))
	}
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

// Off revokes what is active in a shell, for `vault off`.
func (r Revoke) Off(ctx context.Context, revoke bool, s env.State) error {
	if err := r.Session.world.Agent.Revokes(); err != nil {
		return err
	}
	switch {
	case !revoke:
		return fault.NewUsage("--everyone goes with --revoke", "vault off --revoke --everyone")
	case !s.Active():
		return fault.NewUsage("no profile is active in this shell, so there is nothing to revoke", "vault clear --revoke PROFILE")
	}
	r.ActiveARN = s.About.ARN
	return r.Run(ctx, Again(s))
}

// Clear revokes the sessions of a profile, or of all, for `vault clear`.
func (r Revoke) Clear(ctx context.Context, revoke, all bool, profile string) error {
	if err := r.Session.world.Agent.Revokes(); err != nil {
		return err
	}
	switch {
	case !revoke:
		return fault.NewUsage("--all and --everyone go with --revoke", "vault clear   without them clears all sessions")
	case (profile == "") != all:
		return fault.NewUsage("--revoke needs a profile, or --all", "vault clear --revoke PROFILE")
	case all && r.Everyone:
		return fault.NewUsage("--everyone needs one profile, not --all", "vault clear --revoke --everyone PROFILE")
	case all:
		return r.All(ctx)
	}
	return r.Run(ctx, Want{Profile: profile})
}

// All revokes the sessions of every profile that has one in the cache. A profile that
// fails does not keep the others from it.
func (r Revoke) All(ctx context.Context) error {
	keys, err := r.Keeper.SessionKeys(ctx)
	if err != nil {
		return err
	}
	var profiles []string
	for _, k := range keys {
		profiles = append(profiles, k.Profile)
	}
	slices.Sort(profiles)
	profiles = slices.Compact(profiles)
	var failed []string
	for _, profile := range profiles {
		if err := r.Run(ctx, Want{Profile: profile}); err != nil {
			if ctx.Err() != nil {
				return err
			}
			r.Session.Warn(fmt.Errorf("%s: %w", line.Printable(profile), err))
			failed = append(failed, line.Printable(profile))
		}
	}
	switch {
	case len(profiles) == 0:
		r.Session.person.Say("vault: no session is cached, so there is nothing to revoke")
	case len(failed) > 0:
		return fmt.Errorf("not revoked at AWS: %s", strings.Join(failed, ", "))
	}
	return nil
}

// role is the role whose sessions a plan delivers.
func (p *Plan) role() (arn aws.ARN, name string, err error) {
	last := p.Last()
	if last.Kind == resolve.SSO {
		return arn, "", centerRefuses("the role of " + line.Printable(last.SSORole))
	}
	arn, ok := aws.ParseGlobalARN(last.RoleARN, "iam")
	name, isRole := arn.RoleName()
	switch {
	case !ok || !isRole:
		return arn, "", fault.New(fmt.Sprintf("the session of %q is not of a role, and AWS has no way to revoke it: it lasts until it expires", p.Profile),
			"deactivate the key that it was made with, in IAM   vault rotate replaces it")
	case strings.HasPrefix(name, centerRole):
		return arn, "", centerRefuses("role " + name)
	}
	return arn, name, nil
}

func centerRefuses(role string) error {
	return fault.New(role+" belongs to IAM Identity Center, and only that can change it: its sessions last until they expire",
		"an administrator of Identity Center can deny them in the permission set")
}

// confirm has the name of a role typed before all of its sessions end.
func (r Revoke) confirm(ctx context.Context, p *Plan) error {
	_, name, err := p.role()
	if !r.Everyone || err != nil {
		return nil // deny says why not
	}
	ok, err := r.Session.person.Confirm(ctx, Question{
		Text:    fmt.Sprintf("This ends the sessions of everyone and everything that uses role %s in account %s. Type the role's name to continue", name, p.Account),
		Word:    name,
		Unasked: fault.NewPerson("--everyone ends the sessions of other people, and there is no terminal to confirm it on", "run it in a terminal"),
	})
	if err == nil && !ok {
		err = fmt.Errorf("that is not %q, so nothing was changed", name)
	}
	return err
}

// deny has the role deny the sessions.
func (r Revoke) deny(ctx context.Context, p *Plan) error {
	arn, role, err := p.role()
	if err != nil {
		return err
	}
	names := r.names(ctx, p, arn, role)
	var refused error
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

// callerOfSource are the credentials that the role was assumed with, where they are of the
// role's account: in another, a role of the same name is another role.
func callerOfSource(ctx context.Context, p *Plan, role aws.ARN) (aws.Credentials, error) {
	at := len(p.Steps) - 2
	if at >= 0 && p.Steps[at].Kind == resolve.GetSessionToken && p.Steps[at].MFASerial == "" { // IAM takes none without MFA
		w := p.Want
		w.NoSession = true
		direct, err := p.session.Plan(ctx, w)
		if err != nil {
			return aws.Credentials{}, err
		}
		p, at = direct, len(direct.Steps)-2
	}
	if at < 0 {
		return aws.Credentials{}, nil
	}
	run, err := p.newRun(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	c, _, err := run.obtain(ctx, at, "")
	if err != nil {
		return aws.Credentials{}, err
	}
	_, account, err := p.Identity(ctx, c)
	if err != nil || account != role.Account {
		return aws.Credentials{}, err
	}
	return c, nil
}

// callerOfRole are the role's own credentials.
func callerOfRole(ctx context.Context, p *Plan, _ aws.ARN) (aws.Credentials, error) {
	got, err := p.Credentials(ctx)
	return got.Credentials, err
}

// names are the role session names under which this user has sessions of the role.
func (r Revoke) names(ctx context.Context, p *Plan, role aws.ARN, roleName string) []string {
	names := []string{p.Last().SessionName}
	add := func(text string) {
		arn, ok := aws.ParseGlobalARN(text, "sts")
		if of, session, isRole := arn.AssumedRole(); ok && isRole && arn.Account == role.Account && of == roleName {
			names = append(names, session)
		}
	}
	add(r.ActiveARN)
	keys, err := r.Keeper.SessionKeys(ctx)
	if err != nil {
		r.Session.Warn(err)
	}
	for _, k := range keys {
		if k.Profile != p.Profile {
			continue
		}
		c, ok, err := r.Keeper.Session(ctx, k)
		if err != nil || !ok {
			continue
		}
		if arn, _, err := p.Identity(ctx, c); err == nil {
			add(arn)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// denyAs writes the policy, as one who may.
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
		return fmt.Errorf("IAM answers with %s where %s is meant, so nothing was changed", line.Printable(arn), p.Last().RoleARN)
	}
	var before Revoked
	document, err := client.Policy(ctx, RevocationPolicy)
	switch {
	case err == nil:
		if before, err = ParseRevoked(document); err != nil {
			return fault.Hinted(fmt.Errorf("the inline policy %s of role %s is left as it is: %w", RevocationPolicy, role, err),
				fmt.Sprintf("aws iam get-role-policy --role-name %s --policy-name %s   shows it; it has to be renamed or deleted first", line.Word(role), RevocationPolicy))
		}
	case !missing(err):
		return lacks("iam:GetRolePolicy", role, err)
	}
	now := r.Session.Now().UTC()
	at := now.Truncate(time.Second).Add(time.Second) // AWS has whole seconds: one issued just now is meant too
	var users []string
	for _, name := range names {
		users = append(users, id+":"+name)
	}
	whose := "as " + strings.Join(names, ", ")
	if r.Everyone {
		users, whose = nil, "of everyone"
	}
	document, err = before.With(at, now, users...).Document()
	if errors.Is(err, errPolicyFull) {
		return fault.Hinted(fmt.Errorf("the inline policy %s of role %s: %w", RevocationPolicy, role, err), "--everyone needs less room")
	}
	if err != nil {
		return err
	}
	if err := client.PutPolicy(ctx, RevocationPolicy, document); err != nil {
		return lacks("iam:PutRolePolicy", role, err)
	}
	person := r.Session.person
	person.Done(fmt.Sprintf("revoked: sessions of role %s %s that were issued before %s are denied, in a few seconds everywhere", role, whose, at.Format("15:04:05 UTC")))
	person.Say(fmt.Sprintf("    undo: aws iam delete-role-policy --role-name %s --policy-name %s", line.Word(role), RevocationPolicy))
	return nil
}

// lacks says which permission is missing where a call was refused for that.
func lacks(permission, role string, err error) error {
	if !denied(err) {
		return err
	}
	return fault.Hinted(fmt.Errorf("the sessions of role %s are not revoked: %s is missing: %w", role, permission, err),
		"one who may change the role can do it: \"Revoke active sessions\" in AWS's console")
}
