package cmd

import (
	"context"
	"fmt"

	"awsvault/internal/aws"
	"awsvault/internal/iam"
	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// ClearCmd deletes cached sessions.
type ClearCmd struct {
	Profile string `arg:"" optional:"" help:"Only those of this profile."`
	All     bool   `help:"With --revoke: of every profile that has a cached session."`
	revokeFlags
}

// Run deletes the sessions.
func (c *ClearCmd) Run(a *App) error {
	if c.given() || c.All {
		return a.revocation(a.session(), c.revokeFlags).Clear(a.ctx, c.Revoke, c.All, c.Profile)
	}
	n, err := a.store().RemoveSessions(a.ctx, c.Profile)
	if err != nil {
		return err
	}
	a.Say(fmt.Sprintf("%s  cleared %s", a.OK(), line.Count(n, "session")))
	return nil
}

type revokeFlags struct {
	Revoke   bool   `help:"End your sessions of the role at AWS too."`
	Everyone bool   `help:"With --revoke: everyone's sessions. You type the role's name."`
	Role     string `help:"With --everyone: the role's name, to skip the question." placeholder:"NAME"`
}

func (f revokeFlags) given() bool { return f.Revoke || f.Everyone || f.Role != "" }

// revocation returns the use case that revokes sessions at AWS, for off and clear.
func (a *App) revocation(s *vault.Session, f revokeFlags) vault.Revoke {
	return vault.Revoke{
		Session: s, Keeper: a.store(), Active: a.Active().Profile, Everyone: f.Everyone, Role: f.Role,
		IAM: func(p *vault.Plan, c aws.Credentials, role string) (vault.RoleIAM, error) {
			client, err := a.iamClient(p, c)
			return iam.Role{Client: client, Name: role}, err
		},
		SignOut: func(ctx context.Context, profile string) error { return a.sso().Logout(ctx, profile, false) },
		EndLeases: func(ctx context.Context, profile string) error {
			client, err := a.broker()
			if err != nil {
				return err
			}
			return client.RevokeAll(ctx, profile)
		},
	}
}
