package resolve

import (
	"errors"
	"fmt"
	"time"

	"awsvault/internal/agent"
	"awsvault/internal/aws"
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
	Min       time.Duration // --min; zero if not given
	ReadOnly  bool          // --read-only
	Policies  []string      // --policy: files, ARNs, names of AWS's, or documents
	// ReadFile reads a policy's file. Nil: there is none.
	ReadFile func(path string) ([]byte, error)
	// Console says that the credentials are to open AWS's console with. It takes
	// those of roles and of GetFederationToken, no user's own and no GetSessionToken's.
	Console bool
	// OnTop is the ARN of a role that is assumed with what the profile delivers.
	OnTop string
	// PreferProfileRegion lets the region of the profile itself go before
	// AWS_REGION, which in a shell is often that of the profile before.
	PreferProfileRegion bool
	// Prime says that a person has to type a passphrase to read a key here, and that
	// sessions are kept without it: see [Step.Primes].
	Prime bool
	// Key says that the key itself is wanted, and not a session that spares a passphrase.
	Key bool
	// Protected says whether a pattern protects a profile; vault_protected is read here.
	Protected func(profile string) bool
	// SessionName is the role session name where nothing is configured; made
	// valid if it is not, and "vault" if it is empty. It should be the same each
	// time, because a session is cached under it.
	SessionName string
	// Agent is for whom it is, if that is an agent: see internal/agent.
	Agent agent.Agent

	min life // how long the session must last, by the flag or the profile
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
	// Endpoints are the profile's own, for programs that do not read the profile.
	Endpoints []ServiceURL
	// ConsoleDuration is how long a console may be asked for that lasts longer than
	// these credentials; zero where AWS gives none, or none was wished.
	ConsoleDuration time.Duration
	// Min is how much life the session must have left when it is delivered, and MinFrom
	// who says so.
	Min     time.Duration
	MinFrom string
	// Promised is the account that the profile says it leads to.
	Promised Setting
	// Narrowed is what the delivered session is narrowed to.
	Narrowed Narrowing
	// Agent is the agent that the session is for, if it is for one.
	Agent agent.Agent
	// Direct is the same without the step that spares passphrases: what is done where AWS
	// refuses that session. Nil: this plan has no such step.
	Direct *Plan

	planner  *planner        // for Settings
	limits   []string        // by step: what decides how long it lasts
	sts      Endpoint        // where to ask whose credentials are
	target   *link           // for questions that few commands have, see IAM
	fileKeys aws.Credentials // for FileKeys: not in a step, which everyone may see
}

// Step is one link of a plan. A field that the kind has no use for is zero.
type Step struct {
	Kind     Kind
	Profile  string // whose settings these are
	Duration time.Duration
	// MFASerial is the device whose code this step asks for. It is empty when a
	// step before has asked already, or no code is needed.
	MFASerial  string
	MFAProcess string // the command that prints the code, if there is one
	// Most is for a session that took a code. Where one is cached that has more left,
	// it is too long for who asked; zero: none is.
	Most time.Duration
	// Primes: the session is bought, as with a code, so that no one has to type the
	// passphrase of the key again while it lives.
	Primes bool
	// Less is how long a role is assumed for if Duration is more than it allows: where
	// the wish is not for this role, but a variable's for all. Zero: AWS's refusal stands.
	Less time.Duration

	RoleARN        string
	SessionName    string
	ExternalID     string
	SourceIdentity string
	Tags           []Tag
	TransitiveTags []string

	// Policy and PolicyARNs narrow the session: see [Narrowing].
	Policy     string
	PolicyARNs []string
	// Agent: the session is for an agent that does not get what its user gets. One that
	// its user has narrowed as far is another session still.
	Agent bool

	Endpoint Endpoint

	// For the source that a plan begins with.
	From         string   // the setting that names it
	Temporary    bool     // FileKeys, Environment: the keys are those of a session
	Hides        string   // FileKeys that expire: the setting that would be used without them
	Command      string   // Process: what to run
	TokenFile    string   // WebIdentity: where the token is,
	TokenProcess string   // or the command that prints it
	LoginSession string   // Login: the ARN of the user or role that signed in
	LoginElse    Endpoint // Login: another region that it may have been made in
	SignIn       *SignIn  // SSO: how to sign in,
	SSOAccount   string   // and the account
	SSORole      string   // and the permission set that are wanted
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
	if in.OnTop != "" {
		if links, err = onTop(in, links, setting{text: in.OnTop}); err != nil {
			return nil, err
		}
	}
	p := &planner{in: in, links: links, plan: &Plan{Profile: in.Profile, Agent: in.Agent, target: links[0]}}
	p.plan.planner = p
	if err := p.describe(); err != nil {
		return nil, err
	}
	if err := p.narrow(); err != nil {
		return nil, err
	}
	if err := p.least(); err != nil {
		return nil, err
	}
	if err := p.addSteps(); err != nil {
		return nil, err
	}
	if err := p.forAgent(); err != nil {
		return nil, err
	}
	if err := p.enough(); err != nil {
		return nil, err
	}
	if err := p.promised(); err != nil {
		return nil, err
	}
	if p.plan.sts, err = p.endpoint(0, p.plan.RoleARN); err != nil {
		return p.plan, err
	}
	if p.plan.primed() {
		in.Prime = false
		p.plan.Direct, err = NewPlan(in)
	}
	return p.plan, err
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
	if in.Protected == nil {
		in.Protected = func(string) bool { return false }
	}
	if in.ReadFile == nil {
		in.ReadFile = func(string) ([]byte, error) { return nil, errors.New("no file can be read here") }
	}
	in.SessionName = sessionName(in.SessionName)
	return in
}

// planner puts the steps of a plan together from the profiles of a chain.
type planner struct {
	in    Inputs
	links []*link // the target first, the one with keys last
	onTop bool    // the first is no profile of its own: the target's vault_narrow_role
	plan  *Plan
}

// describe fills in what is known of the target before any step is.
func (p *planner) describe() error {
	target := p.links[0]
	p.plan.Region = target.region.export()
	p.plan.CABundle = first(target.env("AWS_CA_BUNDLE"), target.get("ca_bundle")).export()
	var err error
	if p.plan.Endpoints, err = target.programEndpoints(); err != nil {
		return err
	}
	p.plan.Protected, err = target.own("vault_protected").boolean("vault_protected")
	return err
}

func (p *planner) addSteps() error {
	base, err := p.root().source()
	if err != nil {
		return err
	}
	if base.Kind == FileKeys {
		if err := p.addFileKeys(); err != nil {
			return err
		}
	}
	roles := p.roles()
	if base.sets() {
		roles = roles[1:] // its own role is part of it
	}
	if err := p.addSource(&base, len(roles) == 0); err != nil {
		return err
	}
	if p.in.Console && base.longLived() && len(roles) == 0 {
		return p.addFederation()
	}
	session := base.longLived() && p.primes(base, roles)
	spares, err := p.sparesPassphrase(base, roles, session)
	if err != nil {
		return err
	}
	if session = session || spares; session {
		if err := p.addSession(roles, spares); err != nil {
			return err
		}
	}
	for n, i := range roles {
		if err := p.addRole(i, roleHop{
			delivered: n == len(roles)-1,
			temporary: session || n > 0 || !base.longLived(),
			first:     n == 0,
			primed:    session,
			noMFA:     !base.takesMFA(),
		}); err != nil {
			return err
		}
	}
	return nil
}

// addSource fills in what the source needs from the plan: where it calls, and for how long.
func (p *planner) addSource(base *Step, delivered bool) error {
	i := len(p.links) - 1
	l := p.links[i]
	switch base.Kind {
	case WebIdentity:
		wanted := p.roleLife(l, roleHop{delivered: delivered})
		duration, note := wanted.within(l.name, "a role", longestRole)
		if delivered {
			p.note(note)
			p.policies(base)
			p.plan.RoleARN, p.plan.Account = l.role.ARN, l.role.Account
		}
		base.Duration = duration
		var err error
		if base.Endpoint, err = p.endpoint(i, l.role.ARN); err != nil {
			return err
		}
	case SSO:
		var err error
		if base.SignIn.Way, err = signInWay(l.settings, p.links[0].settings); err != nil {
			return err
		}
		if delivered {
			p.plan.Account = base.SSOAccount
			p.lengthen(l)
		}
	case Login:
		a, _ := aws.ParseARN(base.LoginSession)
		if err := p.loginRegions(l, base, a.Partition); err != nil {
			return err
		}
		if delivered {
			p.plan.Account = a.Account
		}
	}
	if delivered && !base.sets() && !base.longLived() && p.in.Duration > 0 && p.plan.ConsoleDuration == 0 {
		p.note(fmt.Sprintf("%s: --duration is not used: vault cannot choose how long %s last", l.name, credentialsOf(base.Kind)))
	}
	limit := ""
	if base.sets() {
		limit = p.roleLife(l, roleHop{delivered: delivered}).limit(longestRole)
	}
	p.add(*base, limit)
	return nil
}

func credentialsOf(k Kind) string {
	switch k {
	case SSO:
		return "credentials of IAM Identity Center"
	case Process:
		return "the credentials of a credential_process"
	case Login:
		return "the credentials of aws login"
	}
	return k.String()
}

// add appends a step; limit is what decides how long it lasts.
func (p *planner) add(s Step, limit string) {
	p.plan.Steps = append(p.plan.Steps, s)
	p.plan.limits = append(p.plan.limits, limit)
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
