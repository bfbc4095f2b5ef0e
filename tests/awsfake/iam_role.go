package awsfake

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
)

const maxInline = 10240 // characters of a role's inline policies together, white space apart

// namedRole returns the role of the caller's account with the name RoleName.
func (q *request) namedRole() (*role, *Error) {
	name := q.params.text("RoleName")
	for _, r := range q.roles {
		if r.account == q.caller.account && r.Name == name {
			return r, nil
		}
	}
	return nil, refuse(404, "NoSuchEntity", "The role with name %s cannot be found.", name)
}

func (q *request) getRole() (any, *Error) {
	r, err := q.namedRole()
	if err != nil {
		return nil, err
	}
	type detail struct {
		Path, RoleName     string
		RoleID             string `xml:"RoleId"`
		Arn                string
		MaxSessionDuration int
	}
	return struct{ Role detail }{detail{r.Path, r.Name, r.id, r.arn, int(r.MaxSession / time.Second)}}, nil
}

func (q *request) noPolicy() *Error {
	return refuse(404, "NoSuchEntity", "The role policy with name %s cannot be found.", q.params.text("PolicyName"))
}

func (q *request) getRolePolicy() (any, *Error) {
	r, err := q.namedRole()
	if err != nil {
		return nil, err
	}
	document, ok := r.inline[q.params.text("PolicyName")]
	if !ok {
		return nil, q.noPolicy()
	}
	return struct{ RoleName, PolicyName, PolicyDocument string }{
		r.Name, q.params.text("PolicyName"), strings.ReplaceAll(url.QueryEscape(document), "+", "%20"),
	}, nil
}

func (q *request) putRolePolicy() (any, *Error) {
	r, err := q.changeableRole()
	if err != nil {
		return nil, err
	}
	document := q.params.text("PolicyDocument")
	if _, err := parseInline(document); err != nil {
		return nil, err
	}
	size := inlineSize(document)
	for name, other := range r.inline {
		if name != q.params.text("PolicyName") {
			size += inlineSize(other)
		}
	}
	if size > maxInline {
		return nil, refuse(409, "LimitExceeded", "Maximum policy size of %d bytes exceeded for role %s", maxInline, r.Name)
	}
	r.inline[q.params.text("PolicyName")] = document
	return nil, nil
}

func (q *request) deleteRolePolicy() (any, *Error) {
	r, err := q.changeableRole()
	if err != nil {
		return nil, err
	}
	name := q.params.text("PolicyName")
	if _, ok := r.inline[name]; !ok {
		return nil, q.noPolicy()
	}
	delete(r.inline, name)
	return nil, nil
}

// changeableRole is namedRole, but refuses roles that only Identity Center may change.
func (q *request) changeableRole() (*role, *Error) {
	r, err := q.namedRole()
	if err == nil && strings.HasPrefix(r.Name, "AWSReservedSSO_") {
		return nil, refuse(400, "UnmodifiableEntity", "Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", r.Name)
	}
	return r, err
}

func inlineSize(document string) (n int) {
	for _, c := range document {
		if !unicode.IsSpace(c) {
			n++
		}
	}
	return n
}

// inlineStatement is a statement with the conditions that the fake knows.
type inlineStatement struct {
	statement
	Sid       string
	Condition map[string]map[string]oneOrMore[string]
}

// parseInline reads an inline policy. Statement ids must be unique, and an identity's policy
// must not have an Id.
func parseInline(document string) ([]inlineStatement, *Error) {
	if _, err := parsePolicy(document); err != nil {
		return nil, err
	}
	var p struct {
		ID        *string `json:"Id"`
		Statement oneOrMore[inlineStatement]
	}
	if json.Unmarshal([]byte(document), &p) != nil || p.ID != nil {
		return nil, malformed("Syntax errors in policy.")
	}
	var sids []string
	for _, s := range p.Statement {
		if strings.Trim(s.Sid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return nil, malformed("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
		}
		if s.Sid != "" && slices.Contains(sids, s.Sid) {
			return nil, malformed("Statement IDs (SID) in a single policy must be unique.")
		}
		sids = append(sids, s.Sid)
		for operator := range s.Condition {
			if operator != "DateLessThan" && operator != "StringEquals" {
				return nil, malformed("the fake knows no condition %s", operator)
			}
		}
	}
	return p.Statement, nil
}

// revoked reports whether an inline policy of the session's role denies an action to this
// session.
func (s *Session) revoked(action, resource string) bool {
	if s.role == nil {
		return false
	}
	for _, document := range s.role.inline {
		statements, err := parseInline(document)
		if err != nil {
			continue
		}
		for _, st := range statements {
			if st.Effect == "Deny" && st.fits(action, resource) && s.meets(st.Condition) {
				return true
			}
		}
	}
	return false
}

// meets reports whether a session meets all conditions of a statement.
func (s *Session) meets(conditions map[string]map[string]oneOrMore[string]) bool {
	for operator, keys := range conditions {
		for key, values := range keys {
			met := slices.ContainsFunc(values, func(value string) bool {
				switch {
				case operator == "DateLessThan" && key == "aws:TokenIssueTime":
					limit, err := time.Parse(time.RFC3339, value)
					return err == nil && s.Issued.Before(limit)
				case operator == "StringEquals" && key == "aws:userid":
					return value == s.UserID
				}
				return false
			})
			if !met {
				return false
			}
		}
	}
	return true
}

// Policies returns the inline policies of a role, by name.
func (a *Account) Policies(roleName string) map[string]string {
	a.state.mu.Lock()
	defer a.state.mu.Unlock()
	found := map[string]string{}
	for _, r := range a.state.roles {
		if r.account == a.ID && r.Name == roleName {
			for name, document := range r.inline {
				found[name] = document
			}
		}
	}
	return found
}

// PutPolicy gives a role an inline policy that the program under test did not write.
func (a *Account) PutPolicy(roleName, name, document string) {
	a.state.mu.Lock()
	defer a.state.mu.Unlock()
	for _, r := range a.state.roles {
		if r.account == a.ID && r.Name == roleName {
			r.inline[name] = document
		}
	}
}

// Revoked reports whether inline policies deny everything to a session.
func (s *Server) Revoked(accessKeyID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.sessions[accessKeyID]
	return found != nil && found.revoked("s3:ListAllMyBuckets", "*")
}
