package env

import (
	"time"

	"awsvault/internal/aws"
)

// About is what status says of an activation without a question or a call. None of it
// is secret, none of it decides anything.
type About struct {
	Account string `json:"account,omitempty"`
	ARN     string `json:"arn,omitempty"`
	// Role is the permission set of IAM Identity Center, whose ARN is not known.
	Role       string `json:"role,omitempty"`
	RegionFrom string `json:"region_from,omitempty"`
	// Own: they are a user's own key, or a session of it, and nothing named the user.
	Own bool `json:"own,omitempty"`
	// Origin is the path of the .awsprofile that activated the profile, any
	// bytes; empty: by hand.
	Origin []byte `json:"origin,omitempty"`
	// NoSession, Region and Duration are the flags of `use`, for refresh.
	NoSession bool          `json:"no_session,omitempty"`
	Region    string        `json:"region,omitempty"`
	Duration  time.Duration `json:"duration,omitempty"`
	// ReadOnly and Policies narrow it, as flags of `use`; a policy of a file is written out.
	ReadOnly bool     `json:"read_only,omitempty"`
	Policies []string `json:"policies,omitempty"`
	// Narrowed is the word for it in a prompt, whatever narrows it: flags or settings.
	Narrowed string `json:"narrowed,omitempty"`
	// Agent is what said that it is for an agent, see internal/agent; empty: it is not.
	Agent string `json:"agent,omitempty"`
	// Moved is the region that the person has changed to, MovedFrom the one before.
	Moved     string `json:"moved,omitempty"`
	MovedFrom string `json:"moved_from,omitempty"`
	// Backend and SessionBackend are the keystores it was made with.
	Backend        string `json:"backend,omitempty"`
	SessionBackend string `json:"session_backend,omitempty"`
	// Outer is what was active by hand before a directory activated this.
	Outer *Outer `json:"outer,omitempty"`
	// Lifetime is how long the credentials last from when they are given out.
	Lifetime time.Duration `json:"lifetime,omitempty"`
	// Served: programs ask a server, which renews what it hands out.
	Served bool `json:"served,omitempty"`
	// Via says how programs get the credentials: [ViaServer], [ViaProfile], or as variables.
	Via string `json:"via,omitempty"`
	// Lease is what the shell has of the credential server, and Shell the process that
	// the lease belongs to.
	Lease string `json:"lease,omitempty"`
	Shell int    `json:"shell,omitempty"`
	// Exec: it is the environment of an `exec`, not of a shell's `use`.
	Exec bool `json:"exec,omitempty"`
	// Protected profiles are shown so. It is not read from a state.
	Protected bool `json:"protected,omitempty"`
}

// The ways by which programs get credentials.
const (
	ViaEnv     = "env"     // keys in variables
	ViaServer  = "server"  // they ask the user's credential server
	ViaProfile = "profile" // AWS_PROFILE: they go the profile's own way
)

// Outer is an activation by hand, as far as it takes to make it again.
type Outer struct {
	Profile   string        `json:"profile"`
	Region    string        `json:"region,omitempty"`
	Duration  time.Duration `json:"duration,omitempty"`
	NoSession bool          `json:"no_session,omitempty"`
	ReadOnly  bool          `json:"read_only,omitempty"`
	Policies  []string      `json:"policies,omitempty"`
	Agent     string        `json:"agent,omitempty"`
	Via       string        `json:"via,omitempty"`
}

// texts are the fields that are shown.
func (a *About) texts() []*string {
	return []*string{&a.Account, &a.ARN, &a.RegionFrom, &a.Region, &a.Moved, &a.MovedFrom, &a.Narrowed, &a.Agent, &a.Via, &a.Lease, &a.Backend, &a.SessionBackend}
}

// clean drops what could not be shown or read back: these fields come from
// files and servers, and decide nothing.
func (a *About) clean() {
	for _, t := range a.texts() {
		if len(*t) > maxText || !plain(*t) {
			*t = ""
		}
	}
	if len(a.Origin) > maxPath {
		a.Origin = nil
	}
}

// Who is a short name of the user or role that the credentials are of: role/NAME or
// user/NAME.
func (a About) Who() string {
	switch {
	case a.Role != "":
		return "role/" + a.Role
	case a.Own:
		return "user key"
	}
	arn, ok := aws.ParseARN(a.ARN)
	if !ok {
		return ""
	}
	return arn.Short()
}
