package cmd

import (
	"fmt"

	"awsvault/internal/fault"
	"awsvault/internal/many"
	"awsvault/internal/vault"
)

// ExecCmd runs one command, or a subshell, with credentials.
type ExecCmd struct {
	Profile string   `arg:"" optional:"" help:"The profile. Default: the active one, then AWS_PROFILE, then you pick."`
	Command []string `arg:"" optional:"" name:"cmd" help:"The command and its arguments. Default: a subshell."`
	Region  string   `short:"r" help:"Region, instead of AWS_REGION's and the profile's." placeholder:"REGION"`
	SessionFlags
	JSON       bool      `name:"json" short:"j" hidden:"" help:"Print credentials: export --format=json."`
	Stdout     bool      `hidden:"" env:"AWS_VAULT_STDOUT" help:"Show the address of a sign-in; open no browser."`
	Server     bool      `short:"s" aliases:"ecs-server" help:"CMD asks a local server, which renews them."`
	EC2Server  ec2Server `name:"ec2-server" word:"address" help:"CMD asks a metadata service; =address: at EC2's."`
	IMDSv1     bool      `name:"imdsv1" hidden:"" help:"With --ec2-server: also answer programs that only speak version 1."`
	Lazy       bool      `hidden:"" help:"With a server: get credentials when CMD asks for them."`
	ProfileEnv bool      `name:"profile-env" env:"AWS_VAULT_PROFILE_ENV" help:"Set AWS_PROFILE, not keys."`
	NarrowFlags
	many.Flags

	on    *vault.Session // gets the credentials
	agent string         // what says that the credentials are for an agent
}

// runs sets the command line to run, which our parser does not read.
func (c *ExecCmd) runs(program []string) { c.Command = program }

// Run runs the command, usually in place of this process.
func (c *ExecCmd) Run(a *App) error {
	if err := c.check(); err != nil {
		return err
	}
	one := c.serves() || c.ProfileEnv || c.JSON || c.Fresh
	if several, err := c.Several(c.Profile, a.Config, one, c.Command); err != nil {
		return err
	} else if several {
		return c.many(a)
	}
	if err := c.implied(a); err != nil {
		return err
	}
	if c.JSON {
		return (&ExportCmd{Profile: c.Profile, Format: "json", Region: c.Region, SessionFlags: c.SessionFlags, NarrowFlags: c.NarrowFlags, Stdout: c.Stdout}).Run(a)
	}
	program, err := a.Program(c.Command)
	if err != nil {
		return err // before any question for an MFA code
	}
	if c.serves() {
		return c.serve(a, program)
	}
	plan, got, err := c.session(a).Obtain(a.ctx, c.wanted(), func(p *vault.Plan) error {
		if c.ProfileEnv && p.Narrowed.Given() {
			return fault.NewUsage(fmt.Sprintf("with --profile-env CMD gets its own credentials, which %s does not narrow", p.Narrowed.From), "leave --profile-env out")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := a.ctx.Err(); err != nil {
		return err
	}
	target := plan.Target(got)
	target.ByProfile = c.ProfileEnv
	return a.Run(program, target)
}

// check refuses flags that contradict each other.
func (c *ExecCmd) check() error {
	switch {
	case c.IMDSv1 && !c.EC2Server.on():
		return fault.NewUsage("--imdsv1 goes with --ec2-server", "vault exec PROFILE --ec2-server --imdsv1 -- CMD")
	case c.JSON: // as in aws-vault, --json starts no server
		return nil
	case c.serves() && c.NoSession:
		return fault.NewUsage("a credential server hands out sessions, so it cannot be used with --no-session", "leave one of them out")
	case c.serves() && c.ProfileEnv:
		return fault.NewUsage("a credential server and --profile-env do not go together", "with AWS_PROFILE set, AWS tools do not ask a server")
	}
	return nil
}

// implied finds the profile if the command line names none.
func (c *ExecCmd) implied(a *App) error {
	session, w, err := a.here().Implied(c.wanted(), fault.NewUsage("exec needs a profile", "vault exec PROFILE -- CMD   vault list shows the profiles"))
	if err != nil {
		return err
	}
	c.on, c.Profile, c.Region, c.Duration, c.NoSession = session, w.Profile, w.Region, w.Duration, w.NoSession
	c.ReadOnly, c.Policies, c.agent = w.ReadOnly, w.Policies, w.Agent
	return nil
}

func (c *ExecCmd) session(a *App) *vault.Session {
	return c.on.As(a.person(c.Stdout))
}

func (c *ExecCmd) wanted() vault.Want {
	w := c.want(c.Profile, c.Region)
	w.Agent = c.agent
	c.narrow(&w)
	return w
}
