package cmd

import (
	"time"

	"awsvault/internal/vault"
)

// SessionFlags are the flags of the commands that get credentials.
type SessionFlags struct {
	Duration  time.Duration `short:"d" help:"How long, like 1h30m." env:"AWS_VAULT_DURATION" placeholder:"DURATION"`
	Min       time.Duration `help:"Renew first if less is left, like 45m." placeholder:"DURATION"`
	NoSession bool          `short:"n" help:"Do not call GetSessionToken."`
	MFAToken  string        `name:"mfa-token" short:"t" help:"MFA code, to skip the question." placeholder:"CODE"`
	Fresh     bool          `help:"Ignore cached sessions."`
}

func (f SessionFlags) want(profile, region string) vault.Want {
	return vault.Want{Profile: profile, Region: region, Duration: f.Duration, Min: f.Min, NoSession: f.NoSession, MFAToken: f.MFAToken, Fresh: f.Fresh}
}

// NarrowFlags are the flags that narrow a session's permissions.
type NarrowFlags struct {
	Agent    bool     `name:"agent" help:"For an agent: read-only, and no questions."`
	ReadOnly bool     `name:"read-only" help:"Narrow it to AWS's ReadOnlyAccess."`
	Policies []string `name:"policy" sep:"none" help:"Narrow it with a policy: a file, an ARN or a name." placeholder:"POLICY"`
}

// narrow copies the flags into w. If no flag is given, w stays as it is.
func (f NarrowFlags) narrow(w *vault.Want) {
	if f.ReadOnly || len(f.Policies) > 0 {
		w.ReadOnly, w.Policies = f.ReadOnly, f.Policies
	}
}
