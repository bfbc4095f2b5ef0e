package resolve

import (
	"fmt"
	"strings"
	"time"

	"awsvault/internal/line"
)

// SettingUse is a setting that a plan has read, and how the plan uses it.
type SettingUse struct {
	Profile string // the profile of the chain that has the setting
	Key     string // as in the AWS files
	Setting
	Note string // why the setting has less effect than it says; empty: it is used as it is
}

// variables override keys of the files. Those with targetOnly count only for the target
// profile.
var variables = []struct {
	key, name  string
	targetOnly bool
}{
	{"region", "AWS_REGION", false}, {"region", "AWS_DEFAULT_REGION", false}, {"mfa_serial", "AWS_MFA_SERIAL", false},
	{"role_arn", "AWS_ROLE_ARN", true}, {"role_session_name", "AWS_ROLE_SESSION_NAME", true}, {"duration_seconds", "AWS_ASSUME_ROLE_TTL", false},
	{"session_tags", "AWS_SESSION_TAGS", true}, {"transitive_session_tags", "AWS_TRANSITIVE_TAGS", true}, {"source_identity", "AWS_SOURCE_IDENTITY", true},
	{"ca_bundle", "AWS_CA_BUNDLE", true}, {"endpoint_url", "AWS_ENDPOINT_URL", true}, {"sts_regional_endpoints", "AWS_STS_REGIONAL_ENDPOINTS", true},
	{"use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT", true}, {"use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT", true},
	{"vault_sign_in", signInVariable, false},
}

// Settings lists the settings that the plan was made from, the target's first. Each has its
// place, and a reason if it is reduced, ignored or overridden. Secret values are left out.
func (p *Plan) Settings() []SettingUse {
	if p.planner == nil {
		return nil
	}
	var out []SettingUse
	for i, l := range p.planner.profiles() {
		for _, key := range known() {
			out = append(out, p.planner.uses(i, l, key)...)
		}
	}
	return out
}

// inVariables returns the variables that set a key of a link.
func (l *link) inVariables(key string, target bool) (places []setting) {
	for _, v := range variables {
		text := l.getenv(v.name)
		unset := text == "" || key == "duration_seconds" && zero(text)
		if v.key == key && !unset && (target || !v.targetOnly) {
			places = append(places, setting{text: text, at: v.name})
		}
	}
	return places
}

// flags returns the flags that set a key.
func (in Inputs) flags(key string) (places []setting) {
	switch {
	case key == "region" && in.Region != "":
		return []setting{in.region()}
	case key == "duration_seconds" && in.Duration > 0:
		return []setting{{text: line.Exact(in.Duration), at: "--duration"}}
	case key == "vault_min" && in.Min > 0:
		return []setting{{text: line.Exact(in.Min), at: "--min"}}
	case key == "vault_policy":
		return in.narrowingFlags()
	}
	return nil
}

// region is the region that overrides all others.
func (in Inputs) region() setting {
	if in.Shell {
		return setting{text: in.Region, at: "AWS_REGION"}
	}
	return setting{text: in.Region, at: "--region"}
}

// uses lists the places that set a key of a link. The first one counts.
func (p *planner) uses(i int, l *link, key string) []SettingUse {
	var places []setting
	own := len(l.sections)
	for n, sec := range l.sections {
		if sec.fallback {
			own = min(own, n)
		}
	}
	flags := func() {
		if i == 0 {
			places = append(places, p.in.flags(key)...)
		}
	}
	env := func() {
		places = append(places, l.inVariables(key, i == 0)...)
	}
	files := func(from, to int) {
		for n := from; n < to; n++ {
			if v := l.at(n, key); v.given() {
				places = append(places, v)
			}
		}
	}
	flags()
	if key == "region" && p.in.PreferProfileRegion {
		files(0, own)
		env()
	} else {
		env()
		files(0, own)
	}
	leaked := len(places)
	files(own, len(l.sections))

	var out []SettingUse
	for n, v := range places {
		u := SettingUse{Profile: l.name, Key: key, Setting: v.export()}
		switch {
		case n >= leaked && isIdentity(key):
			if i > 0 {
				continue // once is enough
			}
			u.Note = "ignored: profiles do not take it from [default]"
		case n > 0:
			u.Note = "overridden by " + places[0].at
		default:
			u.Note = p.why(i, l, key)
		}
		if strings.Contains(key, "secret") || strings.HasSuffix(key, "_token") {
			u.Text = "(secret)"
		}
		if n >= leaked && i > 0 {
			continue // [default]'s settings are listed with the target's
		}
		out = append(out, u)
	}
	return out
}

// why says why the effective setting of a link is not used as it is; empty if it is.
func (p *planner) why(i int, l *link, key string) string {
	root := l == p.root()
	base := p.plan.Steps[0].Kind
	if kind := sourceOf(key); kind != 0 || key == "source_profile" {
		switch {
		case !root && key == "source_profile":
			return ""
		case !root:
			return "not used: source_profile takes precedence"
		case l.stored:
			return fmt.Sprintf("not used: the keys of %s are in the keystore", l.name)
		case key == "source_profile" && l.role == nil && base == FileKeys:
			return "not used: the profile has its own keys"
		case key == "source_profile":
			return ""
		case kind == base, kind == Environment && (base == Container || base == InstanceMetadata):
			return ""
		}
		return fmt.Sprintf("not used: %s takes precedence", base)
	}
	switch key {
	case "vault_agent", "vault_agent_tag":
		return p.whyAgent(l)
	case "account", "vault_min", "vault_tags":
		if l.name != p.in.Profile {
			return "not used: it applies only to the final session"
		}
	case "vault_policy", "vault_narrow_role":
		return p.whyNarrow(l, key)
	case "role_arn":
		if l.role == nil {
			return "not used: the profile has its own keys, and is a source because of them"
		}
	case "external_id", "source_identity", "session_tags", "transitive_session_tags", "role_session_name", "duration_seconds":
		return p.whyRole(i, l, key)
	case "mfa_serial":
		return p.whySerial(l)
	case "mfa_process":
		for _, s := range p.plan.Steps {
			if s.MFAProcess == l.process.text {
				return ""
			}
		}
		return "not used: no step asks for a code"
	}
	return ""
}

func (p *planner) whyRole(i int, l *link, key string) string {
	if l.role == nil {
		if key == "duration_seconds" && i == 0 && p.in.Duration > 0 {
			return ""
		}
		return "not used: the profile has no role"
	}
	step := Step{}
	for _, s := range p.plan.Steps {
		if s.Profile == l.name && (s.Kind == AssumeRole || s.Kind == WebIdentity) {
			step = s
		}
	}
	switch {
	case key == "duration_seconds":
		if wanted := l.role.wanted(p.in, i == 0); wanted.Truncate(time.Second) != step.Duration {
			return fmt.Sprintf("is %s: %s", line.Exact(step.Duration), p.limitOf(step))
		}
	case step.Kind == WebIdentity && key != "role_session_name":
		return "not used: AssumeRoleWithWebIdentity does not take it"
	}
	return ""
}

func (p *planner) limitOf(step Step) string {
	for i, s := range p.plan.Steps {
		if s.Profile == step.Profile && s.Kind == step.Kind {
			return p.plan.limits[i]
		}
	}
	return ""
}

func (p *planner) whySerial(l *link) string {
	if p.asked(l.serial.text) {
		return ""
	}
	switch {
	case !p.plan.Steps[0].takesMFA():
		return "not used: AWS accepts an MFA code only from a user"
	case p.in.NoSession && len(p.roles()) == 0:
		return "not used: --no-session"
	case l.role == nil:
		return "not used: no step asks for a code"
	}
	return "not used: AWS accepts an MFA code only for the first role of a chain"
}
