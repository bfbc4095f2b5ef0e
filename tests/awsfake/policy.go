package awsfake

import (
	"encoding/json"
	"path"
	"strings"
	"unicode/utf8"
)

// policy is the part of a policy document that the fake evaluates. It ignores conditions.
type policy struct {
	Version   string
	Statement oneOrMore[statement]
}

type statement struct {
	Effect                string
	Action, NotAction     oneOrMore[string]
	Resource, NotResource oneOrMore[string]
	Principal             json.RawMessage
	NotPrincipal          json.RawMessage
}

// oneOrMore is a list that may be written without brackets if it has one element.
type oneOrMore[T any] []T

// UnmarshalJSON reads both forms.
func (l *oneOrMore[T]) UnmarshalJSON(text []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(text)), "[") {
		return json.Unmarshal(text, (*[]T)(l))
	}
	*l = make([]T, 1)
	return json.Unmarshal(text, &(*l)[0])
}

// managed contains shortened versions of some AWS managed policies.
var managed = map[string]string{
	"AdministratorAccess":    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
	"ReadOnlyAccess":         `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*","s3:Get*","s3:List*","ec2:Describe*"],"Resource":"*"}]}`,
	"IAMFullAccess":          `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`,
	"AmazonS3ReadOnlyAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}]}`,
}

func malformed(format string, args ...any) *Error {
	return refuse(400, "MalformedPolicyDocument", format, args...)
}

// parsePolicy reads a session policy and applies AWS's rules for session policies.
func parsePolicy(text string) (*policy, *Error) {
	p := &policy{}
	if json.Unmarshal([]byte(text), p) != nil || len(p.Statement) == 0 {
		return nil, malformed("The policy is not in the valid JSON format.")
	}
	for _, s := range p.Statement {
		switch {
		case s.Principal != nil || s.NotPrincipal != nil:
			return nil, malformed("Policy document should not specify a principal.")
		case s.Effect != "Allow" && s.Effect != "Deny", (s.Action == nil) == (s.NotAction == nil), (s.Resource == nil) == (s.NotResource == nil):
			return nil, malformed("Syntax errors in policy.")
		}
	}
	return p, nil
}

// sessionPolicies reads the policies that narrow a session, and returns PackedPolicySize in
// percent. account is the session's account.
func (q *request) sessionPolicies(account string, tags []Tag) (policies []*policy, packed int, err *Error) {
	size := 0
	if q.params.has("Policy") {
		p, err := parsePolicy(q.params.text("Policy"))
		if err != nil {
			return nil, 0, err
		}
		policies = append(policies, p)
		size = utf8.RuneCountInString(q.params.text("Policy"))
	}
	arns := q.params.list("PolicyArns")
	if len(arns) > maxPolicyARNs {
		return nil, 0, tooMany("policyArns", maxPolicyARNs)
	}
	for _, m := range arns {
		p, err := q.managedPolicy(account, m["arn"])
		if err != nil {
			return nil, 0, err
		}
		policies = append(policies, p)
		size += len(m["arn"])
	}
	if size > maxPolicy {
		return nil, 0, refuse(400, "PackedPolicyTooLarge", "Packed policy consumes %d%% of allotted space, please use smaller policy.", size*100/maxPolicy)
	}
	for _, t := range tags {
		size += len(t.Key) + len(t.Value)
	}
	return policies, (size*100 + maxPolicy - 1) / maxPolicy, nil
}

// managedPolicy finds a managed policy of AWS or of the account by its ARN.
func (q *request) managedPolicy(account, arn string) (*policy, *Error) {
	text, ok := managed[strings.TrimPrefix(arn, "arn:"+q.partition.id+":iam::aws:policy/")]
	if !ok {
		text, ok = q.policies[arn]
	}
	if !ok || !strings.Contains(arn, ":aws:policy/") && !strings.Contains(arn, ":"+account+":policy/") {
		return nil, refuse(400, "ValidationError", "Policy %s does not exist or is not attachable.", arn)
	}
	return parsePolicy(text)
}

// AddPolicy creates a managed policy of the account, and returns its ARN.
func (a *Account) AddPolicy(name, document string) string {
	a.state.mu.Lock()
	defer a.state.mu.Unlock()
	arn := a.state.arn("iam", a.ID, "policy/"+name)
	a.state.policies[arn] = document
	return arn
}

// allows reports whether session policies allow an action: one must allow it, and none may
// deny it.
func allows(policies []*policy, action, resource string) bool {
	allowed := false
	for _, p := range policies {
		for _, s := range p.Statement {
			if !s.fits(action, resource) {
				continue
			}
			if s.Effect == "Deny" {
				return false
			}
			allowed = true
		}
	}
	return allowed
}

func (s statement) fits(action, resource string) bool {
	action = strings.ToLower(action)
	if s.Action != nil != anyFits(s.Action, s.NotAction, action, strings.ToLower) {
		return false
	}
	return s.Resource != nil == anyFits(s.Resource, s.NotResource, resource, func(text string) string { return text })
}

// anyFits reports whether a text matches a pattern of list. If list is nil, it uses not.
func anyFits(list, not oneOrMore[string], text string, fold func(string) string) bool {
	if list == nil {
		list = not
	}
	flat := func(s string) string { return strings.ReplaceAll(s, "/", "\x00") } // * is any text
	for _, pattern := range list {
		if ok, _ := path.Match(flat(fold(pattern)), flat(text)); ok {
			return true
		}
	}
	return false
}
