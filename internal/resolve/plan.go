package resolve

import (
	"errors"
	"fmt"
	"time"

	"awsvault/internal/agent"
	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
)

// Inputs is everything that decides a plan, as data. Getenv, Stored and Config may be nil:
// then nothing is set, stored or configured.
type Inputs struct {
	Config  *awsconf.Config
	Profile string
	// Stored reports whether the keystore has long-lived keys under this name. It is called
	// once for each profile of the chain.
	Stored func(profile string) bool
	Getenv func(string) string

	Region    string        // --region
	Shell     bool          // the region is the shell's AWS_REGION, and not a flag
	Duration  time.Duration // --duration; zero if not given
	NoSession bool          // --no-session
	Min       time.Duration // --min; zero if not given
	ReadOnly  bool          // --read-only
	Policies  []string      // --policy: files, ARNs, names of AWS policies, or documents
	// ReadFile reads the file of a policy; nil: there are no files.
	ReadFile func(path string) ([]byte, error)
	// Console means that the credentials are for the AWS console. The console accepts those of
	// roles and of GetFederationToken, but neither a user's own keys nor those of
	// GetSessionToken.
	Console bool
	// OnTop is the ARN of a role to assume with the profile's credentials.
	OnTop string
	// PreferProfileRegion lets the region of the profile override AWS_REGION, which in a shell
	// often is the region of the previous profile.
	PreferProfileRegion bool
	// Prime means that a person types a passphrase to read a key here, and that sessions are
	// stored without it: see [Step.Primes].
	Prime bool
	// Key asks for the key itself, instead of a session that saves a passphrase.
	Key bool
	// Protected reports whether a pattern protects a profile; the plan reads vault_protected
	// itself.
	Protected func(profile string) bool
	// SessionName is the role session name if none is configured. An invalid name is made
	// valid, and an empty one becomes "vault". It should be the same each time, because a
	// session is cached under it.
	SessionName string
	// Agent is the agent that the credentials are for, if any: see internal/agent.
	Agent agent.Agent

	min life // how long the session must last, from the flag or the profile
}

// Plan is a list of steps to get the credentials of a profile.
type Plan struct {
	Profile   string
	Region    Setting // for the shell; empty if nothing sets it
	Steps     []Step  // each uses the credentials of the step before it
	Notes     []string
	RoleARN   string  // the delivered role, if any
	Account   string  // that role's account
	Protected bool    // vault_protected: used only by name
	CABundle  Setting // a file of certificates to trust for the calls
	// Endpoints are the profile's own, for programs that do not read the profile.
	Endpoints []ServiceURL
	// ConsoleDuration is how long a console may last that outlasts these credentials; zero if
	// AWS does not allow that, or no duration was requested.
	ConsoleDuration time.Duration
	// Min is how long the session must last when it is delivered, and MinFrom the setting that
	// asks for it.
	Min     time.Duration
	MinFrom string
	// Promised is the account that the profile names.
	Promised Setting
	// Narrowed holds the policies of the delivered session.
	Narrowed Narrowing
	// Agent is the agent that the session is for, if any.
	Agent agent.Agent
	// Direct is the same plan without the step that saves passphrases, for when AWS refuses
	// that session; nil: this plan has no such step.
	Direct *Plan

	planner  *planner        // for Settings
	limits   []string        // by step: what limits its duration
	sts      Endpoint        // where to ask who owns credentials
	target   *link           // for methods that few commands need, see IAM
	fileKeys aws.Credentials // for FileKeys; not in a step, which everyone may see
}

// Step is one step of a plan. Fields that its kind does not need are zero.
type Step struct {
	Kind     Kind
	Profile  string // the profile that has the settings
	Duration time.Duration
	// MFASerial is the device whose code this step asks for. It is empty if an earlier step
	// asks for the code, or none is needed.
	MFASerial  string
	MFAProcess string // the command that prints the code, if there is one
	// Most is set for a session that needs a code or a passphrase, if the user wants a short
	// one. A cached session that lasts longer than Most does not serve the user; zero: any
	// does.
	Most time.Duration
	// Primes means that the user types the passphrase once to get this session, and not again
	// while it lasts.
	Primes bool
	// Less is a shorter duration to try if the role does not allow Duration, where Duration
	// comes from a variable for all roles. Zero: no second try.
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
	// Agent means that the session is for an agent with fewer rights than its user. It differs
	// from a session with the same policies that the user has asked for.
	Agent bool

	Endpoint Endpoint

	// The following fields describe the source that a plan begins with.
	From         string   // the setting that names the source
	Temporary    bool     // FileKeys, Environment: the keys belong to a session
	Hides        string   // FileKeys that expire: the setting that would be used without them
	Command      string   // Process: what to run
	TokenFile    string   // WebIdentity: the file with the token
	TokenProcess string   // WebIdentity: the command that prints the token
	LoginSession string   // Login: the ARN of the user or role that signed in
	LoginElse    Endpoint // Login: another possible region of the sign-in
	SignIn       *SignIn  // SSO: how to sign in
	SSOAccount   string   // SSO: the account
	SSORole      string   // SSO: the permission set
}

// Tag is a session tag.
type Tag struct{ Key, Value string }

// NewPlan decides how to get the credentials of a profile. It makes no call and changes
// nothing.
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

// planner makes the steps of a plan from the profiles of a chain.
type planner struct {
	in    Inputs
	links []*link // the target first, the profile with the keys last
	onTop bool    // the first link is the target's vault_narrow_role, and no profile of its own
	plan  *Plan
}

// describe sets what is known about the target before there are any steps.
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
		roles = roles[1:] // the source includes its own role
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

// addSource completes the source with its endpoint and its duration.
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

// add appends a step. limit says what limits its duration.
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

// mfaProcess returns the command that prints codes for the profile at i: its own, or that of
// its source.
func (p *planner) mfaProcess(i int) string {
	for _, l := range p.links[i:] {
		if l.process.given() {
			return l.process.text
		}
	}
	return ""
}

// note adds a line for the person, unless it is empty.
func (p *planner) note(line string) {
	if line != "" {
		p.plan.Notes = append(p.plan.Notes, line)
	}
}

// endpoint returns where the profile at i calls STS. A profile without a region uses the
// target's. If that has none either, the ARNs name a partition, and its home region is used.
func (p *planner) endpoint(i int, arns ...string) (Endpoint, error) {
	l := p.links[i]
	region := first(l.region, p.links[0].region)
	if !region.given() {
		region.text = homeRegion(arns...)
	}
	return l.endpoint(stsService(), region.text)
}
