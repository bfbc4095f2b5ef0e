package resolve

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"awsvault/internal/aws"
)

// These are AWS's limits for the policies of one session. The document and the ARNs share the
// characters (AWS STS API Reference, AssumeRole).
const (
	mostPolicyText = 2048
	mostPolicyARNs = 10
)

// IsDocument reports whether a policy is a document. A policy that is neither a document nor a
// file is an ARN, or the name of an AWS managed policy.
func IsDocument(policy string) bool { return strings.HasPrefix(policy, "{") }

// IsFile reports whether a policy is the name of a file: it has a slash or ends in .json. So a
// file in a cloned directory never replaces the name of a managed policy.
func IsFile(policy string) bool {
	return !IsDocument(policy) && !strings.HasPrefix(policy, "arn:") && (strings.ContainsAny(policy, `/\`) || strings.HasSuffix(policy, ".json"))
}

// policyARN returns the ARN of a managed policy. A bare name means an AWS managed policy.
func policyARN(policy, partition, account string) (string, error) {
	if !strings.HasPrefix(policy, "arn:") {
		if len(policy) > 128 || !only(policy, "+=,.@-") {
			return "", fmt.Errorf("policy %q is neither a file, an ARN, nor the name of an AWS managed policy", policy)
		}
		return "arn:" + partition + ":iam::aws:policy/" + policy, nil
	}
	own := strings.Replace(policy, ":iam::aws:policy/", ":iam::000000000000:policy/", 1) // AWS managed policies have no account number
	a, ok := aws.ParseGlobalARN(own, "iam")
	switch {
	case !ok || !strings.HasPrefix(a.Resource, "policy/") || len(policy) > 2048 || !only(policy, ":/+=,.@-"):
		return "", fmt.Errorf("policy %q is not the ARN of a managed policy", policy)
	case a.Partition != partition:
		return "", fmt.Errorf("policy %s is of partition %s, and the role is of %s", policy, a.Partition, partition)
	case own == policy && account != "" && a.Account != account:
		return "", fmt.Errorf("policy %s must be in the account of the role, %s", policy, account)
	}
	return policy, nil
}

// document checks a session policy as AWS would, and removes the white space, which AWS would
// count.
func document(text []byte) (string, error) {
	var out bytes.Buffer
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if err := json.Compact(&out, text); err != nil {
		return "", fmt.Errorf("it is not JSON: %w", where(text, err))
	}
	var doc struct {
		Version   string
		ID        *string `json:"Id"`
		Statement json.RawMessage
	}
	if err := strict(out.Bytes(), &doc); err != nil {
		return "", err
	}
	if doc.Version != "" && doc.Version != "2012-10-17" && doc.Version != "2008-10-17" {
		return "", fmt.Errorf(`the Version is %q, it must be "2012-10-17"`, doc.Version)
	}
	list := []json.RawMessage{doc.Statement}
	if bytes.HasPrefix(doc.Statement, []byte("[")) {
		if err := json.Unmarshal(doc.Statement, &list); err != nil {
			return "", err
		}
	}
	if len(doc.Statement) == 0 || len(list) == 0 {
		return "", errors.New("it has no Statement")
	}
	for i, s := range list {
		if err := statement(s); err != nil {
			return "", fmt.Errorf("statement %d: %w", i+1, err)
		}
	}
	for _, c := range out.String() {
		if c > 0xff || c == utf8.RuneError {
			return "", fmt.Errorf("it has the character %q: AWS takes those up to \u00ff, others as \\uXXXX", c)
		}
	}
	return out.String(), nil
}

// where adds the line of a JSON error.
func where(text []byte, err error) error {
	if e := (*json.SyntaxError)(nil); errors.As(err, &e) {
		return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:min(int(e.Offset), len(text))], []byte("\n")), err)
	}
	return err
}

// strict reads an object, and refuses unknown fields.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more text after it")
	}
	return nil
}

// statement checks one statement of a session policy.
func statement(text json.RawMessage) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		return errors.New("it is not an object")
	}
	for name := range fields {
		switch {
		case name == "Principal" || name == "NotPrincipal":
			return fmt.Errorf("%s belongs in the policy of a resource: the policy of a session always applies to the session", name)
		case !slices.Contains([]string{"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}, name):
			return fmt.Errorf("%q is not a part of a statement", name)
		}
	}
	var effect string
	if err := json.Unmarshal(fields["Effect"], &effect); err != nil || effect != "Allow" && effect != "Deny" {
		return errors.New("the Effect must be Allow or Deny")
	}
	for _, pair := range [][2]string{{"Action", "NotAction"}, {"Resource", "NotResource"}} {
		_, one := fields[pair[0]]
		_, other := fields[pair[1]]
		if one == other {
			return fmt.Errorf("it must have one of %s and %s", pair[0], pair[1])
		}
	}
	return nil
}
