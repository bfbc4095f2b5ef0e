package vault

import (
	"context"
	"fmt"
	"slices"

	"awsvault/internal/agent"
	"awsvault/internal/aws"
	"awsvault/internal/journal"
	"awsvault/internal/resolve"
)

// callerOfSource returns the credentials that the role was assumed with, if they belong to the
// role's account: in another account, the same name is a different role.
func callerOfSource(ctx context.Context, p *Plan, role aws.ARN) (aws.Credentials, error) {
	at := len(p.Steps) - 2
	if at >= 0 && p.Steps[at].Kind == resolve.GetSessionToken && p.Steps[at].MFASerial == "" { // IAM accepts no session without MFA
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

// callerOfRole returns the role's own credentials. A session that is narrowed in the shell
// could not change the role even if the role may.
func callerOfRole(ctx context.Context, p *Plan, _ aws.ARN) (aws.Credentials, error) {
	if whole, err := p.session.Plan(ctx, p.Want.whole("")); err == nil && whole.Last().RoleARN == p.Last().RoleARN {
		p = whole
	}
	got, err := p.Credentials(ctx)
	return got.Credentials, err
}

// whole returns the want for an agent, or for none, without policies given by hand.
func (w Want) whole(agent string) Want {
	w.Agent, w.ReadOnly, w.Policies = agent, false, nil
	return w
}

// names returns the role session names of this user's sessions of the role. Profiles that share
// it may give their sessions other names, and those sessions are forgotten too.
func (r Revoke) names(ctx context.Context, p *Plan, role aws.ARN, roleName string) []string {
	var names []string
	for _, plan := range r.sharing(ctx, p) {
		names = append(names, r.planned(ctx, plan)...)
	}
	add := func(text string) {
		arn, ok := aws.ParseGlobalARN(text, "sts")
		if of, session, isRole := arn.AssumedRole(); ok && isRole && arn.Account == role.Account && of == roleName && aws.IsName(session) {
			names = append(names, session)
		}
	}
	add(r.ActiveARN)
	names = append(names, r.logged(p.Last().RoleARN)...)
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

// logged returns the session names that the log has for a role. A session is in the log even if
// it is no longer in the cache, and under the name that the profile had then.
func (r Revoke) logged(roleARN string) (names []string) {
	w := r.Session.world
	if w.StateDir == "" {
		return nil
	}
	err := journal.Read(w.StateDir, func(e journal.Entry) {
		if e.Role == roleARN && aws.IsName(e.Name) && (e.Expires.IsZero() || e.Expires.After(w.Now())) {
			names = append(names, e.Name)
		}
	})
	if err != nil {
		r.Session.Warn(fmt.Errorf("sessions in the log are not revoked: %w", err))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// planned returns the session names that the plan gives to this user's sessions, and to an
// agent's.
func (r Revoke) planned(ctx context.Context, p *Plan) []string {
	names := []string{p.Last().SessionName}
	for _, by := range []string{"", agent.Flag} {
		if other, err := r.Session.Plan(ctx, p.Want.whole(by)); err == nil && other.Last().RoleARN == p.Last().RoleARN {
			names = append(names, other.Last().SessionName)
		}
	}
	return names
}
