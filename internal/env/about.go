package env

import (
	"time"

	"awsvault/internal/aws"
)

// About is what status can say about an activation without a question or a call. It contains
// no secret, and nothing is decided by it.
type About struct {
	Account string `json:"account,omitempty"`
	ARN     string `json:"arn,omitempty"`
	// Role is the permission set of IAM Identity Center if the ARN of its role is not known.
	Role       string `json:"role,omitempty"`
	RegionFrom string `json:"region_from,omitempty"`
	// Own means that the credentials are a user's own key, or a session of it, and that the
	// name of the user is not known.
	Own bool `json:"own,omitempty"`
	// Origin is the path of the .awsprofile that activated the profile, which may contain any
	// bytes; empty: the person did.
	Origin []byte `json:"origin,omitempty"`
	// NoSession, Region and Duration are the flags of `use`, for refresh.
	NoSession bool          `json:"no_session,omitempty"`
	Region    string        `json:"region,omitempty"`
	Duration  time.Duration `json:"duration,omitempty"`
	// ReadOnly and Policies are flags of `use` that narrow the session. The policy of a file
	// is stored with its full text.
	ReadOnly bool     `json:"read_only,omitempty"`
	Policies []string `json:"policies,omitempty"`
	// Narrowed is what a prompt shows for a narrowed session, whether flags or settings narrow
	// it.
	Narrowed string `json:"narrowed,omitempty"`
	// Agent says how vault knows that the activation is for an agent, see internal/agent;
	// empty: it is not.
	Agent string `json:"agent,omitempty"`
	// Moved is the region to which the person has changed, and MovedFrom the region before.
	Moved     string `json:"moved,omitempty"`
	MovedFrom string `json:"moved_from,omitempty"`
	// Backend and SessionBackend are the keystores used for the activation.
	Backend        string `json:"backend,omitempty"`
	SessionBackend string `json:"session_backend,omitempty"`
	// Outer is what the person had activated before a directory activated this profile.
	Outer *Outer `json:"outer,omitempty"`
	// Lifetime is how long the credentials last from the time when they are issued.
	Lifetime time.Duration `json:"lifetime,omitempty"`
	// Served means that programs ask a server, which renews the credentials that it gives
	// them.
	Served bool `json:"served,omitempty"`
	// Via says how programs get the credentials: [ViaServer], [ViaProfile], or as variables.
	Via string `json:"via,omitempty"`
	// Lease is the shell's lease from the credential server, and Shell is the process to which
	// the lease belongs.
	Lease string `json:"lease,omitempty"`
	Shell int    `json:"shell,omitempty"`
	// Exec means that this is the environment of an `exec`, and not of a shell's `use`.
	Exec bool `json:"exec,omitempty"`
	// Protected marks a protected profile for display. It is never read from a state.
	Protected bool `json:"protected,omitempty"`
}

// These are the ways in which programs get credentials.
const (
	ViaEnv     = "env"     // keys in variables
	ViaServer  = "server"  // programs ask the user's credential server
	ViaProfile = "profile" // programs use AWS_PROFILE and the profile's own settings
)

// Outer is an activation by the person, with all that is needed to repeat it.
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

// texts returns the fields that are displayed.
func (a *About) texts() []*string {
	return []*string{&a.Account, &a.ARN, &a.RegionFrom, &a.Region, &a.Moved, &a.MovedFrom, &a.Narrowed, &a.Agent, &a.Via, &a.Lease, &a.Backend, &a.SessionBackend}
}

// clean removes texts that could not be displayed or read back. These fields come from files
// and servers, and nothing is decided by them.
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

// Who returns a short name of the user or role to whom the credentials belong: role/NAME or
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
