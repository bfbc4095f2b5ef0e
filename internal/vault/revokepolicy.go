package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// RevocationPolicy is the name of the inline policy that denies revoked sessions.
const RevocationPolicy = "aws-vault-revoked-sessions"

// revokedMark begins the Sid of each statement that vault writes. A policy with any other
// statement was changed by other hands. A role's policy may have no Id, so the Sid must do.
const revokedMark = "AwsVaultRevoked"

const (
	// mostInlinePolicy is how many characters, apart from white space, AWS allows in all
	// inline policies of a role.
	mostInlinePolicy = 10240
	// longestRoleSession is the longest session that any role allows. The role's present
	// maximum does not count, because it may have been longer when the session was issued.
	longestRoleSession = 12 * time.Hour
)

// These errors say why vault does not change a policy.
var (
	errForeignPolicy = errors.New("it has statements that vault did not write")
	errPolicyFull    = errors.New("it is full")
)

// Revoked lists the denied sessions of a role, by the time before which they were issued.
type Revoked struct {
	Everyone time.Time            // every session of the role; zero: none
	Users    map[string]time.Time // by aws:userid, ROLEID:SESSIONNAME
}

type revokedPolicy struct {
	Version   string
	Statement []revokedStatement
}

type revokedStatement struct {
	Sid, Effect, Action, Resource string
	Condition                     revokedCondition
}

type revokedCondition struct {
	DateLessThan struct {
		Issued string `json:"aws:TokenIssueTime"`
	}
	StringEquals *revokedUsers `json:",omitempty"`
}

type revokedUsers struct {
	IDs []string `json:"aws:userid"`
}

// ParseRevoked reads a policy that [Revoked.Document] wrote. It refuses anything else, because
// writing the policy again would lose it.
func ParseRevoked(document string) (Revoked, error) {
	var p revokedPolicy
	d := json.NewDecoder(bytes.NewReader([]byte(document)))
	d.DisallowUnknownFields()
	if d.Decode(&p) != nil || d.More() || len(p.Statement) == 0 {
		return Revoked{}, errForeignPolicy
	}
	r := Revoked{Users: map[string]time.Time{}}
	for _, s := range p.Statement {
		at, err := time.Parse(time.RFC3339, s.Condition.DateLessThan.Issued)
		if err != nil || !strings.HasPrefix(s.Sid, revokedMark) {
			return Revoked{}, errForeignPolicy
		}
		if s.Condition.StringEquals == nil {
			r.Everyone = at.UTC()
			continue
		}
		for _, id := range s.Condition.StringEquals.IDs {
			r.Users[id] = at.UTC()
		}
	}
	if again, err := r.Document(); err != nil || again != compact(document) {
		return Revoked{}, errForeignPolicy
	}
	return r, nil
}

// compact removes the white space between the tokens of a JSON text.
func compact(document string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(document)) != nil {
		return document
	}
	return b.String()
}

// With adds the sessions of these users that were issued before at, or without users those of
// everyone. It omits sessions that have expired, or that are denied already.
func (r Revoked) With(at, now time.Time, users ...string) Revoked {
	next := Revoked{Everyone: r.Everyone, Users: map[string]time.Time{}}
	for id, t := range r.Users {
		next.Users[id] = t
	}
	if len(users) == 0 && at.After(next.Everyone) {
		next.Everyone = at.UTC()
	}
	for _, id := range users {
		if at.After(next.Users[id]) {
			next.Users[id] = at.UTC()
		}
	}
	if now.Sub(next.Everyone) > longestRoleSession {
		next.Everyone = time.Time{}
	}
	for id, t := range next.Users {
		if now.Sub(t) > longestRoleSession || !t.After(next.Everyone) {
			delete(next.Users, id)
		}
	}
	return next
}

// Document returns the policy that denies the sessions. Users whose sessions were revoked at
// the same time share a statement.
func (r Revoked) Document() (string, error) {
	p := revokedPolicy{Version: "2012-10-17"}
	add := func(at time.Time, users *revokedUsers) {
		s := revokedStatement{Sid: fmt.Sprintf("%s%d", revokedMark, len(p.Statement)+1), Effect: "Deny", Action: "*", Resource: "*"}
		s.Condition.DateLessThan.Issued, s.Condition.StringEquals = at.UTC().Format(time.RFC3339), users
		p.Statement = append(p.Statement, s)
	}
	if !r.Everyone.IsZero() {
		add(r.Everyone, nil)
	}
	byTime := map[time.Time][]string{}
	for id, at := range r.Users {
		byTime[at.UTC()] = append(byTime[at.UTC()], id)
	}
	times := make([]time.Time, 0, len(byTime))
	for at := range byTime {
		times = append(times, at)
	}
	slices.SortFunc(times, time.Time.Compare)
	for _, at := range times {
		slices.Sort(byTime[at])
		add(at, &revokedUsers{byTime[at]})
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		return "", err
	}
	document := strings.TrimSuffix(text.String(), "\n")
	if policySize(document) > mostInlinePolicy {
		return "", errPolicyFull
	}
	return document, nil
}

// policySize counts characters as AWS does.
func policySize(document string) (n int) {
	for _, c := range document {
		if !unicode.IsSpace(c) {
			n++
		}
	}
	return n
}
