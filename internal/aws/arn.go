package aws

import "strings"

// ARN is a name of the form arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.
type ARN struct {
	Partition string // such as aws or aws-cn; it may be newer than this program
	Service   string
	Region    string // empty for IAM and STS
	Account   string // 12 digits, or empty
	Resource  string // such as role/path/name, user/name, root
}

// longestARN is the length that IAM allows, in bytes.
const longestARN = 2048

// ParseARN splits the ARN of any service into its parts. It accepts only visible ASCII, so
// that the parts can be printed unchanged.
func ParseARN(text string) (ARN, bool) {
	f := strings.SplitN(text, ":", 6)
	if len(f) != 6 || f[0] != "arn" || len(text) > longestARN || !Visible(text) {
		return ARN{}, false
	}
	a := ARN{Partition: f[1], Service: f[2], Region: f[3], Account: f[4], Resource: f[5]}
	if a.Account != "" && !IsAccount(a.Account) {
		return ARN{}, false
	}
	return a, true
}

// ParseGlobalARN splits the ARN of a service without regions, such as iam or sts. The
// partition must be spelled like one of AWS's, and the ARN must name an account.
func ParseGlobalARN(text, service string) (ARN, bool) {
	a, ok := ParseARN(text)
	if !ok || a.Service != service || a.Region != "" || a.Account == "" || !isPartition(a.Partition) {
		return ARN{}, false
	}
	return a, true
}

// Kind returns the first word of the resource: role, assumed-role, user, mfa, root, ...
func (a ARN) Kind() string {
	kind, _, _ := strings.Cut(a.Resource, "/")
	return kind
}

// Name returns the last word of the resource: ana for user/path/ana.
func (a ARN) Name() string { return a.Resource[strings.LastIndexByte(a.Resource, '/')+1:] }

// RoleName returns NAME from role/path/NAME. It returns false if the resource is not a role or
// IAM does not allow the name.
func (a ARN) RoleName() (string, bool) {
	rest, ok := strings.CutPrefix(a.Resource, "role/")
	if !ok || strings.HasPrefix(rest, "/") || strings.Contains(rest, "//") {
		return "", false
	}
	name := a.Name()
	return name, IsName(name)
}

// AssumedRole returns NAME and SESSION from assumed-role/NAME/SESSION. It returns false if the
// resource is not a role session. Such an ARN does not contain the path of the role.
func (a ARN) AssumedRole() (role, session string, ok bool) {
	f := strings.Split(a.Resource, "/")
	if len(f) != 3 || f[0] != "assumed-role" || !IsName(f[1]) || f[2] == "" {
		return "", "", false
	}
	return f[1], f[2], true
}

// UserName returns NAME from user/path/NAME. It returns false if the resource is not a user.
func (a ARN) UserName() (string, bool) {
	if !strings.HasPrefix(a.Resource, "user/") {
		return "", false
	}
	return a.Name(), IsName(a.Name())
}

// IsRoot reports whether the ARN names the root user of an account.
func (a ARN) IsRoot() bool { return a.Resource == "root" }

// Short returns the name that people use: role/NAME for a role and its sessions, user/NAME for
// a user, otherwise the unchanged resource.
func (a ARN) Short() string {
	switch a.Kind() {
	case "assumed-role":
		_, rest, _ := strings.Cut(a.Resource, "/")
		name, _, _ := strings.Cut(rest, "/")
		return "role/" + name
	case "role", "user":
		return a.Kind() + "/" + a.Name()
	}
	return a.Resource
}

func isPartition(s string) bool {
	if s == "aws" {
		return true
	}
	return strings.HasPrefix(s, "aws-") && len(s) <= 63 && s[len(s)-1] != '-' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// IsName reports whether a user or a role can have this name. IAM allows 64 letters, digits
// and some punctuation.
func IsName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("_+=,.@-", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// Visible reports whether a text consists of visible ASCII, and so fits in a header and in a
// variable.
func Visible(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
