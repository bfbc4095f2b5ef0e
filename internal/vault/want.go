package vault

import (
	"strings"
	"time"

	"awsvault/internal/env"
)

// Want is what credentials are asked for.
type Want struct {
	Profile   string
	Region    string        // instead of the profile's
	Duration  time.Duration // zero: as configured
	NoSession bool          // no GetSessionToken
	ReadOnly  bool          // narrowed to AWS's ReadOnlyAccess
	Policies  []string      // narrowed to these: files, ARNs, names of AWS's, or documents
	Printed   bool          // they are printed, for whatever
	Agent     string        // for an agent, by what said so; empty: the session's world says it
	Min       time.Duration // what the session must have left; zero: as configured
	MFAToken  string        // the MFA code, to skip the question
	Fresh     bool          // cached sessions are ignored
	Key       bool          // no session stands for the key, to spare a passphrase

	// Origin is the .awsprofile that asks for them, for the log.
	Origin string
	// OnTop is the ARN of a role that is assumed with the profile's credentials.
	OnTop string
	// OwnRegion: the profile's region comes before AWS_REGION, as `use` wants it.
	OwnRegion bool
	// Console: they are to open AWS's console with.
	Console bool

	// Outlasting is when the credentials end that are to be replaced. What is
	// delivered ends later; the sessions that it is made with need not.
	Outlasting time.Time
	// MinLife is what the delivered session must have left, if that is more than
	// AWS_MIN_TTL.
	MinLife time.Duration
}

// Again is what renews an activation.
func Again(s env.State) Want {
	return Want{
		Profile: s.Profile, Region: s.About.Region, Duration: s.About.Duration, NoSession: s.About.NoSession,
		ReadOnly: s.About.ReadOnly, Policies: s.About.Policies, Agent: s.About.Agent, OwnRegion: true,
		Origin: string(s.About.Origin),
	}
}

// ForActive is the wish for what is active in a shell, whose region the person may have
// changed. A wish for another policy is kept.
func (w Want) ForActive(s env.State, region string) Want {
	w.Profile = s.Profile
	if !w.ReadOnly && len(w.Policies) == 0 {
		w.ReadOnly, w.Policies = s.About.ReadOnly, s.About.Policies
	}
	w.Agent = s.About.Agent // whatever it is for, and who asks
	if w.Region == "" {
		w.Region = region
	}
	return w
}

// InRegion divides "dev:us-east-1", which is dev in another region. A name of its own may
// have a colon too: that one is looked for first.
func InRegion(name string) (profile, region string) {
	if i := strings.LastIndexByte(name, ':'); i > 0 {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// Before is what brings back the activation that a directory replaced.
func Before(o env.Outer) Want {
	return Want{
		Profile: o.Profile, Region: o.Region, Duration: o.Duration, NoSession: o.NoSession, ReadOnly: o.ReadOnly, Policies: o.Policies,
		Agent:     o.Agent,
		OwnRegion: true,
	}
}
