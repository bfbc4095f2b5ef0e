package resolve

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"awsvault/internal/aws"

	"awsvault/internal/line"
)

// ReadOnlyPolicy is the AWS managed policy for --read-only.
const ReadOnlyPolicy = "ReadOnlyAccess"

// Narrowing restricts a session: it may only do what both its role and one of these policies
// allow. The zero value restricts nothing.
type Narrowing struct {
	Names    []string // the policies, as they were named
	From     string   // what asks for it: --read-only, or a place in a file
	ARNs     []string // of managed policies
	Document string   // a policy given as a document, if any
}

// Given reports whether the session is narrowed.
func (n Narrowing) Given() bool { return len(n.Names) > 0 }

// ReadOnly reports whether ReadOnlyAccess is the only policy.
func (n Narrowing) ReadOnly() bool {
	return n.Document == "" && len(n.ARNs) == 1 && strings.HasSuffix(n.ARNs[0], ":iam::aws:policy/"+ReadOnlyPolicy)
}

// Mark is a short word for the prompt; empty if the session is not narrowed.
func (n Narrowing) Mark() string {
	switch {
	case !n.Given():
		return ""
	case n.ReadOnly():
		return "ro"
	}
	return "narrowed"
}

// wish holds the policies that one place asks for, before they are resolved for a role.
type wish struct {
	policies []setting
}

func (w wish) given() bool { return len(w.policies) > 0 }

// wishes returns the policies that the flags or the profile ask for. AWS allows what any of
// the policies allows, so two different wishes would widen each other instead of narrowing.
func (in Inputs) wishes(target *link) (wish, error) {
	v := target.own("vault_policy")
	own, flags := wish{policiesOf(v)}, wish{in.narrowingFlags()}
	if in.ReadOnly && len(in.Policies) > 0 {
		return flags, setting{}.bad("--read-only and --policy cannot be combined: AWS would allow what either of them allows").withHint("leave one of them out")
	}
	switch {
	case v.given() && !own.given(): // commas alone: it would narrow nothing
		return own, v.bad("vault_policy names no policy")
	case slices.Contains(flags.texts(), ""):
		return flags, setting{}.bad("--policy names no policy").withHint("a name, an ARN, or a file: --policy ReadOnlyAccess")
	case !flags.given():
		return own, nil
	case own.given() && !slices.Equal(flags.texts(), own.texts()):
		return flags, v.bad("vault_policy already narrows the profile, and AWS would also allow what %s allows", flags.policies[0].at).
			withHint("leave the flag out, or add a profile without vault_policy")
	}
	return flags, nil
}

// policiesOf returns the policies in a vault_policy.
func policiesOf(v setting) (policies []setting) {
	for text := range strings.SplitSeq(v.text, ",") {
		if text = strings.TrimSpace(text); text != "" {
			p := v
			p.text = text
			policies = append(policies, p)
		}
	}
	return policies
}

func (w wish) texts() []string {
	var texts []string
	for _, p := range w.policies {
		texts = append(texts, p.text)
	}
	return texts
}

// read resolves a wish into the parameters for AWS. account is that of the role.
func (w wish) read(in Inputs, partition, account string) (Narrowing, error) {
	n := Narrowing{From: w.policies[0].export().From}
	for _, p := range w.policies {
		switch {
		case IsDocument(p.text), IsFile(p.text):
			if n.Document != "" {
				return n, p.bad("a session can have one policy from a file, and this is a second one").withHint("put the statements of both into one file")
			}
			name, text, err := p.document(in)
			if err != nil {
				return n, err
			}
			n.Names, n.Document = append(n.Names, name), text
		default:
			arn, err := policyARN(p.text, partition, account)
			if err != nil {
				return n, p.bad("%v", err).withHint("a file has a slash or ends in .json: %s", line.Word("./"+filepath.Base(p.text)))
			}
			if !slices.Contains(n.ARNs, arn) {
				n.Names, n.ARNs = append(n.Names, p.text), append(n.ARNs, arn)
			}
		}
	}
	size := utf8.RuneCountInString(n.Document)
	for _, arn := range n.ARNs {
		size += len(arn)
	}
	switch {
	case len(n.ARNs) > mostPolicyARNs:
		return n, w.policies[0].bad("%d managed policies, and AWS allows %d for a session", len(n.ARNs), mostPolicyARNs)
	case size > mostPolicyText:
		return n, w.policies[0].bad("the policies of the session have %d characters, and AWS allows %d", size, mostPolicyText).
			withHint("spaces do not count; of a managed policy only the ARN counts")
	}
	return n, nil
}

// document reads a policy document, and returns a name for it to show.
func (v setting) document(in Inputs) (name, text string, err error) {
	name = "a policy"
	content := []byte(v.text)
	if IsFile(v.text) {
		name = v.text
		if v.label != "" && !filepath.IsAbs(v.text) && !strings.HasPrefix(v.text, "~") {
			return name, "", v.bad("vault_policy %s depends on the directory that you are in", v.text).withHint("write the whole path, or one that begins with ~/")
		}
		if content, err = in.ReadFile(v.text); err != nil {
			return name, "", v.bad("%v", err)
		}
	}
	if text, err = document(content); err != nil {
		return name, "", v.bad("%s: %v", strings.Replace(name, "a policy", "the policy", 1), err)
	}
	return name, text, nil
}

// narrow decides which policies narrow the session. If AWS takes no policy for what the
// profile delivers, it adds a role on top.
func (p *planner) narrow() error {
	rule, err := p.agentRule()
	if err != nil {
		return err
	}
	w, err := p.in.wishes(p.links[0])
	if !w.given() {
		w = rule
	}
	if err != nil || !w.given() {
		return err
	}
	takes, err := p.takesPolicy()
	if err != nil {
		return err
	}
	if !takes {
		v := p.links[0].own("vault_narrow_role")
		if !v.given() {
			return p.cannotNarrow(w)
		}
		p.onTop = true
		if p.links, err = onTop(p.in, p.links, v); err != nil {
			return err
		}
	}
	a := p.narrowed()
	if p.plan.Narrowed, err = w.read(p.in, a.Partition, a.Account); err != nil {
		return err
	}
	return nil
}

// onTop adds a role to a chain: it has the target's settings, and is assumed with the target's
// credentials.
func onTop(in Inputs, links []*link, arn setting) ([]*link, error) {
	top := *links[0]
	life, err := top.roleLife()
	if err != nil {
		return nil, err
	}
	top.stored, top.role = false, &role{SessionName: in.SessionName, unnamed: true, configured: life}
	if err := top.role.setARN(arn); err != nil {
		return nil, err
	}
	return append([]*link{&top}, links...), nil
}

// narrowed returns the ARN for which the session's policies apply: that of the role, or else
// an ARN with only the partition.
func (p *planner) narrowed() aws.ARN {
	for _, l := range p.links {
		if l.role != nil {
			a, _ := aws.ParseGlobalARN(l.role.ARN, "iam")
			return a
		}
	}
	return aws.ARN{Partition: partitionOf(p.links[0].region.text)}
}

// takesPolicy reports whether the delivering call accepts policies.
func (p *planner) takesPolicy() (bool, error) {
	if len(p.roles()) > 0 { // AssumeRoleWithWebIdentity accepts them too
		return true, nil
	}
	base, err := p.root().source()
	return p.in.Console && base.longLived(), err
}

// cannotNarrow is the error for a call that accepts no policies.
func (p *planner) cannotNarrow(w wish) error {
	base, err := p.root().source()
	if err != nil {
		return err
	}
	what := credentialsOf(base.Kind)
	if base.longLived() {
		what = "the session of a user"
	}
	l := p.links[0]
	if p.in.Agent.Is() {
		return p.in.Agent.Unnarrowed(l.name, what, fmt.Sprintf("arn:aws:iam::%s:role/NAME", accountOr(base.SSOAccount)))
	}
	return (&SettingError{At: l.place(), Msg: fmt.Sprintf("profile %q cannot be narrowed, which %s asks for: AWS accepts no policy for %s", l.name, w.policies[0].at, what)}).
		withHint("name a role that %s may assume: vault_narrow_role = arn:aws:iam::%s:role/NAME under %s; or use a profile with a role_arn", l.name, accountOr(base.SSOAccount), label(l.name))
}

// policies adds the policies to the delivering step.
func (p *planner) policies(s *Step) {
	s.Policy, s.PolicyARNs = p.plan.Narrowed.Document, p.plan.Narrowed.ARNs
}

// narrowingFlags returns the policies that the flags name.
func (in Inputs) narrowingFlags() (flags []setting) {
	if in.ReadOnly {
		flags = append(flags, setting{text: ReadOnlyPolicy, at: "--read-only"})
	}
	for _, p := range in.Policies {
		flags = append(flags, setting{text: strings.TrimSpace(p), at: "--policy"})
	}
	return flags
}

// profiles returns the profiles of the chain.
func (p *planner) profiles() []*link {
	if p.onTop {
		return p.links[1:]
	}
	return p.links
}

// whyNarrow says why a setting of narrowed sessions is not used.
func (p *planner) whyNarrow(l *link, key string) string {
	switch {
	case l.name != p.in.Profile:
		return "not used: only the final session is narrowed"
	case key == "vault_policy", key == "vault_agent":
		return ""
	case !p.plan.Narrowed.Given():
		return "not used: the session is not narrowed"
	case p.plan.RoleARN != l.own(key).text:
		return "not used: the profile's own role takes the policy"
	}
	return ""
}
