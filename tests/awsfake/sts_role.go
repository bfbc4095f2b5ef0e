package awsfake

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxPolicy     = 2048 // characters of all session policies together
	maxPolicyARNs = 10
	maxTags       = 50

	policyPattern   = `[\x{0009}\x{000A}\x{000D}\x{0020}-\x{00FF}]+`
	tagKeyPattern   = `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`
	tagValuePattern = `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`
)

type assumedRoleUser struct {
	AssumedRoleID string `xml:"AssumedRoleId"`
	Arn           string
}

func (q *request) assumeRole() (any, *Error) {
	arn, name := q.params.text("RoleArn"), q.params.text("RoleSessionName")
	if !validARN(arn) {
		return nil, refuse(400, "ValidationError", "%s is invalid", arn)
	}
	tags, err := q.sessionTags()
	if err != nil {
		return nil, err
	}
	policies, packed, err := q.sessionPolicies(strings.Split(arn, ":")[4], tags)
	if err != nil {
		return nil, err
	}
	if q.caller.isRoot() {
		return nil, accessDenied("Roles may not be assumed by root accounts.")
	}
	mfa, err := q.verifyMFA()
	if err != nil {
		return nil, err
	}
	inherited := q.caller.session.transitive()
	identity, err := q.sourceIdentity(arn)
	if err != nil {
		return nil, err
	}
	r, err := q.trustingRole(arn, mfa, identity, len(tags)+len(inherited) > 0)
	if err != nil {
		return nil, err
	}
	life, err := q.roleDuration(r)
	if err != nil {
		return nil, err
	}
	s := q.roleSession(r, name) // The MFA context ends here: a second hop that asks for MFA fails.
	s.Policies = policies
	s.SourceIdentity, s.Tags, s.TransitiveTags = identity, slices.Concat(inherited, tags), q.transitiveKeys(inherited)
	return struct {
		issued
		AssumedRoleUser  assumedRoleUser
		PackedPolicySize int    `xml:",omitempty"`
		SourceIdentity   string `xml:",omitempty"`
	}{q.issue(s, life), assumedRoleUser{s.UserID, s.ARN}, packed, identity}, nil
}

func validARN(arn string) bool {
	return regexp.MustCompile(`^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$`).MatchString(arn)
}

// trustingRole finds a role that trusts the caller. The error is the same for a missing role
// and for a role that does not trust the caller.
func (q *request) trustingRole(arn string, mfa time.Time, identity string, tagged bool) (*role, *Error) {
	r := q.roles[arn]
	switch {
	case r == nil || !r.admits(q.caller, q.params.text("ExternalId"), identity, mfa, q.now):
		return nil, notAuthorized(q.caller, "sts:AssumeRole", arn)
	case tagged && !r.Trust.TagSession:
		return nil, notAuthorized(q.caller, "sts:TagSession", arn)
	case identity != "" && !r.Trust.SetSourceIdentity:
		return nil, notAuthorized(q.caller, "sts:SetSourceIdentity", arn)
	}
	return r, nil
}

// roleDuration refuses a duration that is too long. It never shortens one.
func (q *request) roleDuration(r *role) (time.Duration, *Error) {
	d := q.params.seconds("DurationSeconds", time.Hour)
	switch {
	case q.caller.session != nil && d > time.Hour: // any temporary credentials: those of GetSessionToken too
		return 0, refuse(400, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	case d > r.MaxSession:
		return 0, refuse(400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return d, nil
}

// sourceIdentity returns the requested source identity, or the caller's own. That one stays for
// the whole chain.
func (q *request) sourceIdentity(arn string) (string, *Error) {
	asked := q.params.text("SourceIdentity")
	if q.caller.session == nil || q.caller.session.SourceIdentity == "" {
		return asked, nil
	}
	kept := q.caller.session.SourceIdentity
	if asked != "" && asked != kept {
		return "", notAuthorized(q.caller, "sts:SetSourceIdentity", arn)
	}
	return kept, nil
}

// sessionTags reads the tags of a call. It checks them against each other, and against the tags
// that the caller passes on.
func (q *request) sessionTags() ([]Tag, *Error) {
	var tags []Tag
	var keys []string
	inherited := q.caller.session.transitive()
	for _, m := range q.params.list("Tags") {
		tag := Tag{m["Key"], m["Value"]}
		switch {
		case strings.HasPrefix(strings.ToLower(tag.Key), "aws:"):
			return nil, refuse(400, "InvalidParameterValue", "Tag keys that begin with aws: are reserved for system use.")
		case containsKey(keys, tag.Key):
			return nil, refuse(400, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		case slices.ContainsFunc(inherited, func(t Tag) bool { return strings.EqualFold(t.Key, tag.Key) }):
			return nil, refuse(400, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		tags, keys = append(tags, tag), append(keys, tag.Key)
	}
	if len(tags) > maxTags {
		return nil, tooMany("tags", maxTags)
	}
	for _, m := range q.params.list("TransitiveTagKeys") {
		if !containsKey(keys, m[""]) {
			return nil, refuse(400, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.")
		}
	}
	return tags, nil
}

func (q *request) transitiveKeys(inherited []Tag) []string {
	var keys []string
	for _, t := range inherited {
		keys = append(keys, t.Key)
	}
	for _, m := range q.params.list("TransitiveTagKeys") {
		keys = append(keys, m[""])
	}
	return keys
}

func tooMany(at string, most int) *Error {
	return validation("Value '[...]' at '" + at + "' failed to satisfy constraint: Member must have length less than or equal to " + strconv.Itoa(most))
}
