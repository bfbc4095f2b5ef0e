package vault

import (
	"strings"
	"time"

	"awsvault/internal/env"
)

// Want describes the credentials that a caller asks for.
type Want struct {
	Profile   string
	Region    string        // instead of the profile's
	Duration  time.Duration // zero: as configured
	NoSession bool          // no GetSessionToken
	ReadOnly  bool          // narrowed to the AWS policy ReadOnlyAccess
	Policies  []string      // narrowed to these: files, ARNs, names of AWS policies, or documents
	Printed   bool          // to be printed, for an unknown use
	Agent     string        // what says that they are for an agent; empty: the session's world decides
	Min       time.Duration // what the session must have left; zero: as configured
	MFAToken  string        // the MFA code, to skip the question
	Fresh     bool          // ignore cached sessions
	Key       bool          // use the key, and no session that saves a passphrase

	// Origin is the .awsprofile that asks for the credentials, for the log.
	Origin string
	// OnTop is the ARN of a role to assume with the profile's credentials.
	OnTop string
	// OwnRegion means that the profile's region overrides AWS_REGION, as `use` wants it.
	OwnRegion bool
	// shellRegion means that Region is the active shell's AWS_REGION, and no flag.
	shellRegion bool
	// Console means that the credentials are for the AWS console.
	Console bool

	// Outlasting is when the credentials to be replaced expire. The new credentials expire
	// later; the sessions from which they are made need not.
	Outlasting time.Time
	// MinLife is how long the delivered session must last, if that is longer than AWS_MIN_TTL.
	MinLife time.Duration
}

// Again returns the Want that renews an activation.
func Again(s env.State) Want {
	return Want{
		Profile: s.Profile, Region: s.About.Region, Duration: s.About.Duration, NoSession: s.About.NoSession,
		ReadOnly: s.About.ReadOnly, Policies: s.About.Policies, Agent: s.About.Agent, OwnRegion: true,
		Origin: string(s.About.Origin),
	}
}

// ForActive asks for what is active in a shell, whose region the person may have changed. It
// keeps the policies that w already asks for.
func (w Want) ForActive(s env.State, region string) Want {
	w.Profile = s.Profile
	if !w.ReadOnly && len(w.Policies) == 0 {
		w.ReadOnly, w.Policies = s.About.ReadOnly, s.About.Policies
	}
	w.Agent = s.About.Agent // the caller does not matter
	if w.Region == "" {
		w.Region, w.shellRegion = region, region != ""
	}
	return w
}

// InRegion splits "dev:us-east-1", which means dev in another region. The name of a profile
// may contain a colon too, so the caller looks for the whole name first.
func InRegion(name string) (profile, region string) {
	if i := strings.LastIndexByte(name, ':'); i > 0 {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// Before returns the Want that brings back the activation which a directory replaced.
func Before(o env.Outer) Want {
	return Want{
		Profile: o.Profile, Region: o.Region, Duration: o.Duration, NoSession: o.NoSession, ReadOnly: o.ReadOnly, Policies: o.Policies,
		Agent:     o.Agent,
		OwnRegion: true,
	}
}
