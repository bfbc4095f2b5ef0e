package cmd

import (
	"fmt"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/iam"
	"awsvault/internal/vault"
)

// RotateCmd replaces a stored key by a new one.
type RotateCmd struct {
	Profile   string `arg:"" help:"The profile; with a role, the key behind it is rotated."`
	NoSession bool   `short:"n" help:"Call IAM with the key itself, without MFA."`
	MFAToken  string `name:"mfa-token" short:"t" help:"The MFA code, instead of being asked." placeholder:"CODE"`
	DeleteKey string `name:"delete-key" help:"First delete this other key of the user: AWS allows two." placeholder:"ID"`
}

// Help is the second part of `vault rotate --help`.
func (RotateCmd) Help() string {
	return `Has AWS make a new key, stores it, proves that it works, and only then deactivates
and deletes the old one. What is about to be done is written down in the keystore
first: if it is cut off, run it again and it goes on. It takes about ten seconds.
The user needs iam:CreateAccessKey and iam:DeleteAccessKey for itself; List- and
UpdateAccessKey make it safer. The stored key is replaced wherever it is.

  vault rotate jon
  vault rotate jon --delete-key=AKIAIOSFODNN7EXAMPLE`
}

// Run rotates the key.
func (c *RotateCmd) Run(a *App) error {
	done, err := vault.Rotate{
		Session: a.session(), Keeper: a.store(), IAM: a.iam,
		Want:      vault.Want{Profile: c.Profile, MFAToken: c.MFAToken, NoSession: c.NoSession},
		DeleteKey: c.DeleteKey,
	}.Run(a.ctx)
	if err != nil {
		return err
	}
	a.say(fmt.Sprintf("%s  %s: the new key is %s; the old one, %s, is deleted", a.ok(), strings.Join(done.Names, ", "), done.New, done.Old))
	for _, at := range done.Copies {
		a.say(fmt.Sprintf("vault: warning: %s still has the old key, which no longer works", at))
	}
	return nil
}

// iam calls IAM where the plan's profile does.
func (a *App) iam(p *vault.Plan, c aws.Credentials, user string) (vault.IAM, error) {
	endpoint, err := p.IAM()
	if err != nil {
		return nil, err
	}
	return &iam.Client{API: a.api(p.CABundle), URL: endpoint.URL, Region: endpoint.Region, User: user, Credentials: c}, nil
}
