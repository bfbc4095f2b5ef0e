package cmd

import (
	"fmt"
	"strings"

	"awsvault/cmd/front"
	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/iam"
	"awsvault/internal/vault"
)

// RotateCmd replaces a stored key by a new one.
type RotateCmd struct {
	Profile   string `arg:"" optional:"" help:"The profile. Default: you pick one. With a role, the key of its source is rotated."`
	NoSession bool   `short:"n" help:"Call IAM with the key itself, without MFA."`
	MFAToken  string `name:"mfa-token" short:"t" help:"MFA code, to skip the question." placeholder:"CODE"`
	DeleteKey string `name:"delete-key" help:"First delete this other key of the user: AWS allows two." placeholder:"ID"`
}

// Run rotates the key.
func (c *RotateCmd) Run(a *App) error {
	a.stores.certain = true
	if c.Profile == "" {
		var err error
		if c.Profile, err = a.pick(fault.NewUsage("rotate needs a profile", "vault rotate PROFILE   vault list shows the profiles")); err != nil {
			return err
		}
	}
	rotation := vault.Rotate{
		Session: a.session(), Keeper: a.store(), IAM: a.iam,
		Want:      vault.Want{Profile: c.Profile, MFAToken: c.MFAToken, NoSession: c.NoSession},
		DeleteKey: c.DeleteKey,
	}
	if front.IsTerminal(a.Stderr) {
		rotation.Step = a.Done
	}
	done, err := rotation.Run(a.ctx)
	if err != nil {
		return err
	}
	a.Say(fmt.Sprintf("%s  %s: the new key is %s; the old one, %s, is deleted", a.OK(), strings.Join(done.Names, ", "), done.New, done.Old))
	for _, at := range done.Copies {
		a.Say(fmt.Sprintf("vault: warning: %s still has the old key, which no longer works", at))
	}
	return nil
}

// iam calls IAM where the plan's profile does.
func (a *App) iam(p *vault.Plan, c aws.Credentials, user string) (vault.IAM, error) {
	client, err := a.iamClient(p, c)
	if err != nil {
		return nil, err
	}
	client.User = user
	return client, nil
}

// mfaDevices lists the MFA devices of the key's user.
func (a *App) mfaDevices(p *vault.Plan, c aws.Credentials) (vault.MFALister, error) {
	return a.iamClient(p, c)
}

func (a *App) iamClient(p *vault.Plan, c aws.Credentials) (*iam.Client, error) {
	endpoint, err := p.IAM()
	if err != nil {
		return nil, err
	}
	return &iam.Client{API: a.api(p.CABundle), URL: endpoint.URL, Region: endpoint.Region, Credentials: c}, nil
}
