package resolve

import (
	"strings"
	"sync"

	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
)

// Description holds what vault knows about a profile without a keystore and without a call.
// `list`, the picker, completions and `explain` show the same, and `use` acts on it.
type Description struct {
	Name      string
	Account   string // 12 digits, or empty
	Role      string // the name of the delivered role or permission set
	Region    string
	Source    string // where the credentials come from, in a word or two; empty with a Problem
	MFA       bool   // new credentials need a code
	Protected bool   // its section protects it; this ignores patterns
	Problem   error  // why the profile cannot be used
}

// Describer describes the profiles of one configuration. It is safe for concurrent use.
//
// Nearly all of ten thousand profiles have one of three simple forms: a role on a source
// profile, a permission set of IAM Identity Center, or a stored key. The Describer reads these
// forms in one pass over their lines. All other profiles go through [NewPlan], which is
// authoritative. A test checks that both give the same answers.
type Describer struct {
	in        Inputs
	simple    bool    // no variable and no setting of [default] changes the meaning of the simple forms
	inherited setting // the region from the variables, else from [default]
	serial    setting // MFA device of [default]

	mu      sync.Mutex
	sources map[string]bool // by profile: it delivers credentials that can assume a role
	signIns map[string]bool // by sso-session: a sign-in is possible
}

// NewDescriber takes the inputs of a plan, and ignores Profile, Region, Duration and
// NoSession. If Stored is nil, it is not known which keys are stored, and a chain that ends
// without a source is assumed to have one.
func NewDescriber(in Inputs) *Describer {
	in.Region, in.Duration, in.NoSession = "", 0, false
	unknown := in.Stored == nil
	in = in.complete()
	if unknown {
		in.Stored = assumeKeys(in.Config)
	}
	d := &Describer{in: in, sources: map[string]bool{}, signIns: map[string]bool{}}
	d.simple = d.plainEnvironment() && d.plainDefault()
	return d
}

// assumeKeys assumes that a profile has stored keys if its section names no source.
func assumeKeys(config *awsconf.Config) func(string) bool {
	keys := Identity()
	return func(name string) bool {
		p, err := config.Profile(name)
		if err != nil {
			return false
		}
		for _, key := range keys {
			if v, ok := p.Get(key); ok && strings.TrimSpace(v.Text) != "" && key != "role_arn" && key != "account" && !strings.HasPrefix(key, "vault_") {
				return false
			}
		}
		_, includes := p.Get("include_profile")
		return !includes
	}
}

// plainEnvironment reports whether the only variables set are the region and an endpoint that
// is a URL.
func (d *Describer) plainEnvironment() bool {
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"} {
		if text := d.in.Getenv(name); text != "" {
			if _, ok := parseAddress(text); !ok {
				return false
			}
		}
	}
	for _, v := range variables {
		if v.key == "endpoint_url" {
			continue
		}
		if _, ok := wayNamed(d.in.Getenv(v.name)); ok && v.name == signInVariable {
			continue
		}
		// A region in the environment must not override the profile's own.
		if (v.key != "region" || !d.in.PreferProfileRegion) && d.in.Getenv(v.name) != "" {
			return false
		}
	}
	for _, name := range []string{"AWS_SESSION_TOKEN_TTL", "AWS_CHAINED_SESSION_TOKEN_TTL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"} {
		if d.in.Getenv(name) != "" {
			return false
		}
	}
	return true
}

// plainDefault reads [default]. It reports whether that section has only a region, an MFA
// device and settings of other tools.
func (d *Describer) plainDefault() bool {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if text := d.in.Getenv(name); text != "" && !d.inherited.given() {
			d.inherited = setting{text: text}
		}
	}
	if !d.in.Config.Has(defaultProfile) {
		return !d.inherited.given() || hostLabel(d.inherited.text)
	}
	p, err := d.in.Config.Profile(defaultProfile)
	if err != nil {
		return false
	}
	f, ok := readForm(p)
	d.serial = setting{text: f.serial}
	if !d.inherited.given() {
		d.inherited = setting{text: f.region}
	}
	return ok && f == form{region: f.region, serial: f.serial} && (!d.inherited.given() || hostLabel(d.inherited.text)) && (f.serial == "" || isSerial(f.serial))
}

// form holds the settings of a simple section.
type form struct {
	role, source, region, serial string
	name                         string // the name of the role's session
	session, account, set        string // the settings of IAM Identity Center
	promised                     string // account
}

// readForm reads a section in one pass; ok is false if it has no simple form.
func readForm(p *awsconf.Profile) (f form, ok bool) {
	ok = true
	p.Each(func(key, value string) {
		switch key {
		case "role_arn":
			f.role = value
		case "source_profile":
			f.source = value
		case "region":
			f.region = value
		case "mfa_serial":
			f.serial = value
		case "role_session_name":
			f.name = value
		case "account":
			f.promised = value
		case "sso_session":
			f.session = value
		case "sso_account_id":
			f.account = value
		case "sso_role_name":
			f.set = value
		case "output", "cli_pager", "cli_auto_prompt", "cli_binary_format", "cli_history", "cli_timestamp_format", "max_attempts", "retry_mode", "vault_protected_profiles":
		default:
			ok = false
		}
	})
	return f, ok
}

// Describe describes a profile, with the same answers as [NewPlan].
func (d *Describer) Describe(name string) Description {
	if d.simple {
		if out, ok := d.form(name); ok {
			return out
		}
	}
	return d.plan(name)
}

// form describes a profile of a simple form. ok is false if it has no such form, or if
// anything in it may be wrong.
func (d *Describer) form(name string) (out Description, ok bool) {
	p, err := d.in.Config.Profile(name)
	if err != nil {
		return out, false
	}
	f, ok := readForm(p)
	if !ok || f.region != "" && !hostLabel(f.region) || f.serial != "" && !isSerial(f.serial) {
		return out, false
	}
	out = Description{Name: name, Region: f.region}
	if out.Region == "" {
		out.Region = d.inherited.text
	}
	if f.serial == "" && name != defaultProfile {
		f.serial = d.serial.text
	}
	stored := d.in.Stored(name)
	switch {
	case stored:
		return out, false
	case f.role != "" && f.source != "" && f.session == "" && f.account == "" && f.set == "":
		a, isARN := aws.ParseGlobalARN(f.role, "iam")
		role, isRole := a.RoleName()
		if _, err := word(setting{text: f.name}, "", mostSessionName, sessionNameMarks); err != nil || !isARN || !isRole || len(f.role) > 2048 || !d.isSource(f.source, name) {
			return out, false
		}
		out.Account, out.Role, out.Source, out.MFA = a.Account, role, "profile "+f.source, f.serial != ""
		return out, f.promised == "" || f.promised == out.Account
	case f.role == "" && f.source == "" && f.name == "" && f.session != "" && digits(f.account, 12) && f.set != "" && len(f.set) <= 32 && only(f.set, "+=,.@-"):
		out.Account, out.Role, out.Source = f.account, f.set, "sso "+f.session
		return out, d.isSession(f.session) && (f.promised == "" || f.promised == out.Account)
	}
	return out, false
}

// isSource reports whether a profile has stored keys, which can assume a role, and a simple
// form.
func (d *Describer) isSource(source, target string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	good, known := d.sources[source]
	if !known {
		if p, err := d.in.Config.Profile(source); source != target && err == nil && p.Name() == source && d.in.Stored(source) {
			f, ok := readForm(p)
			good = ok && f == form{region: f.region, serial: f.serial} && (f.region == "" || hostLabel(f.region)) && (f.serial == "" || isSerial(f.serial))
		}
		d.sources[source] = good
	}
	return good && source != target
}

// isSession reports whether a sign-in to an sso-session can be planned.
func (d *Describer) isSession(session string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	good, known := d.signIns[session]
	if !known {
		in, _, err := NewSignIn(d.in, session)
		good = err == nil && in.Session == session
		d.signIns[session] = good
	}
	return good
}

// Plan returns the plan of a profile, as far as it is known which keys are stored.
func (d *Describer) Plan(name string) (*Plan, error) {
	in := d.in
	in.Profile = name
	return NewPlan(in)
}

// plan describes a profile from its plan.
func (d *Describer) plan(name string) Description {
	p, err := d.Plan(name)
	if err != nil {
		return d.broken(name, err)
	}
	out := Description{Name: name, Account: p.Owner(), Region: p.Region.Text, MFA: p.MFAPrompts() > 0, Protected: p.Protected}
	last := p.Last()
	if out.Role = last.SSORole; last.Kind != SSO {
		a, _ := aws.ParseGlobalARN(p.RoleARN, "iam")
		out.Role, _ = a.RoleName()
	}
	out.Source = p.sourceWords()
	return out
}

// broken describes a profile that cannot be used, from its settings.
func (d *Describer) broken(name string, problem error) Description {
	out := Description{Name: name, Problem: problem}
	in := d.in
	in.Profile = name
	s, err := readSettings(in, name, true)
	if err != nil {
		return out
	}
	// A value that is not a boolean protects the profile, because it was probably meant to.
	v := s.own("vault_protected")
	on, err := v.boolean("vault_protected")
	out.Protected = on || err != nil
	if region, err := s.region(in); err == nil {
		out.Region = region.text
	}
	if a, ok := aws.ParseGlobalARN(s.get("role_arn").text, "iam"); ok {
		out.Account = a.Account
		out.Role, _ = a.RoleName()
	} else if account := s.get("sso_account_id").text; digits(account, 12) {
		out.Account, out.Role = account, s.get("sso_role_name").text
	}
	out.MFA = s.get("mfa_serial").given()
	return out
}

// sourceWords says where the credentials of a plan come from.
func (p *Plan) sourceWords() string {
	if links := p.planner.profiles(); len(links) > 1 {
		return "profile " + links[1].name
	}
	switch base := p.Steps[0]; base.Kind {
	case StoredKeys:
		return "key"
	case SSO:
		return "sso " + base.SignIn.Name()
	case WebIdentity:
		return "web identity"
	case Process:
		return "process"
	case Login:
		return "login"
	case FileKeys:
		return "plain-text key"
	default: // credential_source
		return p.target.get("credential_source").text
	}
}
