package resolve

import (
	"fmt"
	"time"

	"awsvault/internal/awsconf"
)

// Inputs is everything that decides a plan, as data. Getenv and Stored may be
// nil, Config too: then nothing is set, stored or configured.
type Inputs struct {
	Config  *awsconf.Config
	Profile string
	// Stored says whether long-lived keys are in the keystore under this name.
	// It is asked once for each profile of the chain.
	Stored func(profile string) bool
	Getenv func(string) string

	Region    string        // --region
	Duration  time.Duration // --duration; zero if not given
	NoSession bool          // --no-session
	// PreferProfileRegion lets the region of the profile itself go before
	// AWS_REGION, which in a shell is often that of the profile before.
	PreferProfileRegion bool
	// SessionName is the role session name where nothing is configured; made
	// valid if it is not, and "vault" if it is empty. It should be the same each
	// time, because a session is cached under it.
	SessionName string
}

// Kind is what a step does: one for each credential source.
type Kind uint8

const (
	// StoredKeys reads long-lived keys from the keystore.
	StoredKeys Kind = iota + 1
	// GetSessionToken trades long-lived keys for a session, with an MFA code or without.
	GetSessionToken
	// AssumeRole takes a role with the credentials of the step before.
	AssumeRole
)

// String names the kind as AWS names the call.
func (k Kind) String() string {
	switch k {
	case StoredKeys:
		return "stored keys"
	case GetSessionToken:
		return "GetSessionToken"
	case AssumeRole:
		return "AssumeRole"
	default:
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
}

// Plan is what will be done to get the credentials of a profile.
type Plan struct {
	Profile   string
	Region    Setting // for the shell; empty if nothing says one
	Steps     []Step  // each works with what the one before delivers
	Notes     []string
	RoleARN   string  // of the role that is delivered, if any
	Account   string  // that role's account
	Protected bool    // vault_protected: only ever used by name
	CABundle  Setting // file of certificates to trust for the calls
}

// Step is one link of a plan. A field that the kind has no use for is zero.
type Step struct {
	Kind     Kind
	Profile  string // whose settings these are
	Duration time.Duration
	// MFASerial is the device whose code this step asks for. It is empty when a
	// step before has asked already, or nobody needs to.
	MFASerial  string
	MFAProcess string // the command that prints the code, if there is one

	RoleARN        string
	SessionName    string
	ExternalID     string
	SourceIdentity string
	Tags           []Tag
	TransitiveTags []string

	Endpoint Endpoint
}

// Tag is a session tag.
type Tag struct{ Key, Value string }

// NewPlan decides how to get the credentials of a profile. It touches nothing.
func NewPlan(in Inputs) (*Plan, error) {
	in = in.complete()
	links, err := chain(in)
	if err != nil {
		return nil, err
	}
	p := &planner{in: in, links: links, plan: &Plan{Profile: in.Profile}}
	if err := p.describe(); err != nil {
		return nil, err
	}
	if err := p.addSteps(); err != nil {
		return nil, err
	}
	return p.plan, nil
}

// MFAPrompts is how many MFA codes the plan takes when nothing is cached.
func (p *Plan) MFAPrompts() int {
	n := 0
	for _, s := range p.Steps {
		if s.MFASerial != "" {
			n++
		}
	}
	return n
}

func (in Inputs) complete() Inputs {
	if in.Config == nil {
		in.Config = awsconf.Merge(nil, nil)
	}
	if in.Stored == nil {
		in.Stored = func(string) bool { return false }
	}
	if in.Getenv == nil {
		in.Getenv = func(string) string { return "" }
	}
	in.SessionName = sessionName(in.SessionName)
	return in
}

// planner puts the steps of a plan together from the profiles of a chain.
type planner struct {
	in    Inputs
	links []*link // the target first, the one with keys last
	plan  *Plan
}

// describe fills in what is known of the target before any step is.
func (p *planner) describe() error {
	target := p.links[0]
	p.plan.Region = target.region.export()
	p.plan.CABundle = first(target.env("AWS_CA_BUNDLE"), target.get("ca_bundle")).export()
	var err error
	p.plan.Protected, err = target.own("vault_protected").boolean("vault_protected")
	return err
}

func (p *planner) addSteps() error {
	base, err := p.root().source()
	if err != nil {
		return err
	}
	p.plan.Steps = append(p.plan.Steps, base)

	roles := p.roles()
	session := p.primes(roles)
	if session {
		if err := p.addSession(roles); err != nil {
			return err
		}
	}
	for n, i := range roles {
		if err := p.addRole(i, roleHop{
			delivered: n == len(roles)-1,
			temporary: session || n > 0,
			first:     n == 0,
			primed:    session,
		}); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) root() *link { return p.links[len(p.links)-1] }

// roles lists the profiles that have a role, the one nearest to the keys first.
func (p *planner) roles() []int {
	var roles []int
	for i := len(p.links) - 1; i >= 0; i-- {
		if p.links[i].role != nil {
			roles = append(roles, i)
		}
	}
	return roles
}

// primes decides whether GetSessionToken comes first, as aws-vault does:
// always for a user's own session; for a role only to spare further MFA codes,
// that is if the role wants a code from the device that the keys are used with.
// Not if the only role is wanted for longer than AWS gives one that is assumed
// with a session, and not if the keys are the role profile's own.
func (p *planner) primes(roles []int) bool {
	if p.in.NoSession {
		return false
	}
	if len(roles) == 0 {
		return true
	}
	if len(roles) == 1 && p.links[roles[0]].role.wanted(p.in, true).Duration > longestChained {
		return false
	}
	consumer := p.consumer(roles)
	if consumer < 0 {
		return false
	}
	serial := p.links[consumer].serial
	return serial.given() && serial.text == p.keySerial(consumer).text
}

// consumer is the first role above the keys, or -1. A role of the profile that
// has the keys is not above them.
func (p *planner) consumer(roles []int) int {
	for _, i := range roles {
		if i < len(p.links)-1 {
			return i
		}
	}
	return -1
}

// keySerial is the MFA device that the keys are used with, seen from the role
// at consumer: that of the keys' profile, or of a profile on the way to it that
// has no role and only passes its credentials on.
func (p *planner) keySerial(consumer int) setting {
	for _, l := range p.links[consumer+1:] {
		if l.serial.given() {
			return l.serial
		}
	}
	return setting{}
}

// mfaProcess is the command that knows the codes, for the profile at i: its own, or that of its source.
func (p *planner) mfaProcess(i int) string {
	for _, l := range p.links[i:] {
		if l.process.given() {
			return l.process.text
		}
	}
	return ""
}

// note keeps a line for the person, if there is one.
func (p *planner) note(line string) {
	if line != "" {
		p.plan.Notes = append(p.plan.Notes, line)
	}
}

// endpoint is where the profile at i calls STS. A profile without a region
// calls where the target does; if that has none either, in the region that is
// the home of the partition which the ARNs name.
func (p *planner) endpoint(i int, arns ...string) (Endpoint, error) {
	l := p.links[i]
	region := first(l.region, p.links[0].region)
	if !region.given() {
		region.text = homeRegion(arns...)
	}
	return l.endpoint(stsService(), region.text)
}

// source is the step at the root of a chain: where the profile's own credentials are.
func (l *link) source() (Step, error) {
	if l.stored {
		return storedKeys(l), nil
	}
	if err := l.unsupported(); err != nil {
		return Step{}, err
	}
	return Step{}, l.noCredentials()
}

// unsupported is the error for a profile that names a source this build does not have.
func (l *link) unsupported() error {
	for _, key := range []string{
		"credential_source", "web_identity_token_file", "web_identity_token_process",
		"sso_session", "sso_start_url", "sso_account_id", "sso_role_name",
		"login_session", "credential_process", "aws_access_key_id",
	} {
		if v := l.get(key); v.given() {
			err := v.bad("%s is not supported yet", key)
			err.hint = ""
			if key == "aws_access_key_id" {
				return err.withHint("store the keys: vault add %s", l.name)
			}
			return err
		}
	}
	return nil
}

// noCredentials is the error for a profile that leads nowhere.
func (l *link) noCredentials() error {
	if v := l.get("source_profile"); v.given() {
		v.text = l.name // without the quotes that it may be written with
		return v.bad("source_profile names the profile itself, and %q has no stored keys", l.name).withHint("vault add %s", l.name)
	}
	err := &SettingError{At: l.place(), Msg: fmt.Sprintf("profile %q has no credentials: no stored keys and no source_profile", l.name)}
	switch source := l.leaked("source_profile"); {
	case source != "":
		// aws-vault would use it: people come here with such a file.
		return err.withHint("profiles do not take the source_profile of [default]: write source_profile = %s under %s", source, label(l.name))
	case l.role != nil:
		return err.withHint("name the profile whose keys may assume the role: source_profile = NAME under %s", label(l.name))
	}
	return err.withHint("vault add %s", l.name)
}

// leaked is what [default] says of a key that is not inherited from it.
func (l *link) leaked(key string) string {
	for i, sec := range l.sections {
		if sec.fallback {
			return l.at(i, key).text
		}
	}
	return ""
}
