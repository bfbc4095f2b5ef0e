package cmd

import (
	"awsvault/cmd/front"
	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/iam"
	"awsvault/internal/many"
	"awsvault/internal/vault"
)

// RotateCmd replaces a stored key with a new one.
type RotateCmd struct {
	Profile   string `arg:"" optional:"" help:"The profile. Default: you pick one. With a role: its source. With --due: patterns."`
	NoSession bool   `short:"n" help:"Call IAM with the key itself, without MFA."`
	MFAToken  string `name:"mfa-token" short:"t" help:"MFA code, to skip the question." placeholder:"CODE"`
	DeleteKey string `name:"delete-key" help:"First delete this other key of the user: AWS allows two." placeholder:"ID"`
	Due       string `help:"Rotate each stored key that is older, such as 90d." placeholder:"AGE"`
	Yes       bool   `short:"y" help:"With --due: rotate without asking."`
	DryRun    bool   `name:"dry-run" help:"With --due: only show what is due."`
	JSON      bool   `name:"json" help:"With --dry-run: print one JSON object."`
}

// Run rotates one key, or with --due all keys that are due.
func (c *RotateCmd) Run(a *App) error {
	a.stores.certain = true
	rotation := vault.Rotate{
		Session: a.session(), Keeper: a.store(), IAM: a.iam,
		Want:      vault.Want{Profile: c.Profile, MFAToken: c.MFAToken, NoSession: c.NoSession},
		DeleteKey: c.DeleteKey,
	}
	if front.IsTerminal(a.Stderr) {
		rotation.Step = a.Done
	}
	if c.Due != "" || c.Yes || c.DryRun || c.JSON {
		due := vault.Due{Rotate: rotation, Yes: c.Yes, DryRun: c.DryRun, Print: a.printIf(c.JSON), Report: func(err error) { a.Report(err) }}
		return many.Rotate(a.ctx, due, c.Due, c.Profile, a.Config)
	}
	if c.Profile == "" {
		var err error
		if rotation.Want.Profile, err = a.pick(fault.NewUsage("rotate needs a profile", "vault rotate PROFILE   vault list shows the profiles")); err != nil {
			return err
		}
	}
	done, err := rotation.Run(a.ctx)
	if err == nil {
		done.Tell(a.session())
	}
	return err
}

// iam returns a client of IAM at the endpoint of the plan.
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
