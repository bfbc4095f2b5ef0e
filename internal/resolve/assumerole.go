package resolve

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"awsvault/internal/aws"
)

// role holds a profile's settings for its role.
type role struct {
	ARN            string
	Account        string
	Name           string
	SessionName    string
	unnamed        bool // no setting names the session
	ExternalID     string
	SourceIdentity string
	Tags           []Tag
	TransitiveTags []string

	configured life // as the environment and the files configure it
}

// wanted returns how long the role should last. The flag is for the delivered session only. A
// role in the middle of a chain keeps its own duration, so all profiles that pass through it
// share one session.
func (r *role) wanted(in Inputs, delivered bool) life {
	if delivered && in.Duration > 0 {
		return life{in.Duration, "--duration"}
	}
	if delivered {
		return r.configured.atLeast(in.min)
	}
	return r.configured
}

// readRole reads the role of a profile; nil if it has none. Most variables count only for the
// target.
func (s *settings) readRole(in Inputs, target bool) (*role, error) {
	get := func(variable, key string) setting {
		if target && variable != "" {
			return first(s.env(variable), s.get(key))
		}
		return s.get(key)
	}
	where := get("AWS_ROLE_ARN", "role_arn")
	if !where.given() {
		return nil, nil
	}
	r := &role{}
	var err error
	if err = r.setARN(where); err != nil {
		return nil, err
	}
	if r.configured, err = s.roleLife(); err != nil {
		return nil, err
	}
	if r.SessionName, err = word(get("AWS_ROLE_SESSION_NAME", "role_session_name"), "role_session_name", mostSessionName, sessionNameMarks); err != nil {
		return nil, err
	}
	if r.SessionName == "" {
		r.SessionName, r.unnamed = in.SessionName, true
	}
	if r.ExternalID, err = word(get("", "external_id"), "external_id", 1224, "+=,.@:/-"); err != nil {
		return nil, err
	}
	if r.SourceIdentity, err = word(get("AWS_SOURCE_IDENTITY", "source_identity"), "source_identity", 64, "+=,.@-"); err != nil {
		return nil, err
	}
	if r.Tags, err = tags(get("AWS_SESSION_TAGS", "session_tags")); err != nil {
		return nil, err
	}
	r.TransitiveTags, err = tagKeys(get("AWS_TRANSITIVE_TAGS", "transitive_session_tags"), r.Tags)
	return r, err
}

func (r *role) setARN(v setting) error {
	a, ok := aws.ParseGlobalARN(v.text, "iam")
	name, isRole := a.RoleName()
	if !ok || !isRole || len(v.text) > 2048 {
		return v.bad("role_arn %q is not the ARN of a role", v.text).
			withHint("it looks like arn:aws:iam::%s:role/NAME", accountOr(accountIn(v.text)))
	}
	r.ARN, r.Account, r.Name = v.text, a.Account, name
	return nil
}

// word checks a value against AWS's limits: a length and a set of characters.
func word(v setting, key string, most int, extra string) (string, error) {
	if n := len(v.text); n == 0 || n >= 2 && n <= most && only(v.text, extra) {
		return v.text, nil
	}
	return "", v.bad("%s %q must be 2 to %d characters: letters, digits, and _%s", key, v.text, most, extra)
}

// AWS accepts these names for the session of a role.
const (
	mostSessionName  = 64
	sessionNameMarks = "+=,.@-"
)

// These are AWS's limits for session tags, in characters.
const (
	mostTags        = 50
	longestTagKey   = 128
	longestTagValue = 256
)

// tags reads "key=value, key=value".
func tags(v setting) ([]Tag, error) {
	if !v.given() {
		return nil, nil
	}
	var out []Tag
	seen := map[string]bool{} // AWS compares keys without regard to case
	for part := range strings.SplitSeq(v.text, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || !tagText(key, 1, longestTagKey) || !tagText(value, 0, longestTagValue) {
			return nil, v.bad("bad session tag %q", part).withHint("tags look like Team=core, Env=dev")
		}
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return nil, v.bad("session tag %q: keys that begin with aws: are reserved for AWS", key)
		}
		if seen[strings.ToLower(key)] {
			return nil, v.bad("session tag %q is there twice", key)
		}
		seen[strings.ToLower(key)] = true
		out = append(out, Tag{key, value})
	}
	if len(out) > mostTags {
		return nil, v.bad("%d session tags, but AWS allows at most %d", len(out), mostTags)
	}
	return out, nil
}

// tagKeys reads "key, key". It ignores empty items, as aws-vault does. Each key must be the
// key of one of the tags, because AWS refuses others.
func tagKeys(v setting, tags []Tag) ([]string, error) {
	var out []string
	for part := range strings.SplitSeq(v.text, ",") {
		key := strings.TrimSpace(part)
		if key == "" {
			continue
		}
		if !slices.ContainsFunc(tags, func(t Tag) bool { return strings.EqualFold(t.Key, key) }) {
			return nil, v.bad("transitive session tag %q is not among the session tags", key)
		}
		out = append(out, key)
	}
	return out, nil
}

func tagText(s string, least, most int) bool {
	if n := utf8.RuneCountInString(s); n < least || n > most || !utf8.ValidString(s) {
		return false
	}
	for _, c := range s {
		if !unicode.In(c, unicode.L, unicode.N, unicode.Z) && !strings.ContainsRune("_.:/=+-@", c) {
			return false
		}
	}
	return true
}

// sessionName turns any text into a valid role session name.
func sessionName(text string) string {
	if text == "" {
		return "vault"
	}
	name := strings.Map(func(c rune) rune {
		if only(string(c), "+=,.@-") {
			return c
		}
		return '-'
	}, text)
	if len(name) > 64 {
		name = name[:64]
	}
	if len(name) < 2 {
		name = "vault-" + name
	}
	return name
}

// roleHop describes the position of a role in its chain.
type roleHop struct {
	delivered bool // it is the role that the plan delivers
	temporary bool // it is assumed with temporary credentials
	first     bool // it is the first, except perhaps for a session of the user
	primed    bool // there is such a session
	noMFA     bool // the credentials before it belong to no user, so there is no MFA device
}

// addRole plans AssumeRole for the profile at i.
//
// Only the first role gets an MFA code, unless the session before it has had one. AWS accepts
// a code only from the user who owns the device, and a role has no device. The next role does
// not learn that a role session began with a code.
func (p *planner) addRole(i int, hop roleHop) error {
	l := p.links[i]
	duration := p.roleDuration(l, hop)
	endpoint, err := p.endpoint(i, l.role.ARN)
	if err != nil {
		return err
	}
	s := Step{
		Kind: AssumeRole, Profile: l.name, Duration: duration, Endpoint: endpoint,
		RoleARN: l.role.ARN, SessionName: l.role.SessionName, ExternalID: l.role.ExternalID,
		SourceIdentity: l.role.SourceIdentity, Tags: l.role.Tags, TransitiveTags: l.role.TransitiveTags,
	}
	switch {
	case !l.serial.given():
	case hop.first && hop.noMFA:
		p.note(fmt.Sprintf("%s: mfa_serial (%s) is not used: the role is assumed with %s, and AWS accepts an MFA code only from a user", l.name, l.serial.export().From, credentialsOf(p.plan.Steps[0].Kind)))
	case hop.first && !hop.primed:
		s.MFASerial, s.MFAProcess = l.serial.text, p.mfaProcess(i)
	case !hop.first && !p.asked(l.serial.text):
		p.note(fmt.Sprintf("%s: mfa_serial (%s) is not used: AWS accepts an MFA code only for the first role of a chain", l.name, l.serial.export().From))
	}
	if a, _ := aws.ParseGlobalARN(l.role.ARN, "iam"); endpoint.From == "" && partitionOf(endpoint.Region) != a.Partition {
		p.note(fmt.Sprintf("%s: the role is in %s, and %s is not one of its regions", l.name, a.Partition, endpoint.Region))
	}
	if p.roleLife(l, hop).from == roleVariable && duration > longestChained && s.MFASerial == "" { // a second try cannot use the same code
		s.Less = longestChained
	}
	if hop.delivered {
		p.policies(&s)
		p.plan.RoleARN, p.plan.Account = l.role.ARN, l.role.Account
	}
	most := longestRole
	if hop.temporary {
		most = longestChained
	}
	p.add(s, p.roleLife(l, hop).limit(most))
	return nil
}

// asked reports whether a step has asked for a code of that device.
func (p *planner) asked(serial string) bool {
	for _, s := range p.plan.Steps {
		if s.MFASerial == serial {
			return true
		}
	}
	return false
}

// roleDuration keeps the wanted duration within AWS's limits. It tells the person only for the
// delivered session.
func (p *planner) roleDuration(l *link, hop roleHop) time.Duration {
	most, what := longestRole, "a role"
	if hop.temporary {
		most, what = longestChained, "a role that is assumed with temporary credentials"
	}
	duration, note := p.roleLife(l, hop).within(l.name, what, most)
	if hop.delivered {
		p.note(note)
	}
	return duration
}
