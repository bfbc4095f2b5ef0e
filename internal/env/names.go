package env

import (
	"slices"
	"strings"
	"time"

	"awsvault/internal/aws"
)

// StateName is the variable that records what is active in a shell. It is opaque, contains no
// secret, and is inherited by nested shells of any kind.
const StateName = "AWS_VAULT_SHELL_STATE"

// maxValue is the longest earlier value that goes into the state variable. The shell keeps
// longer ones aside, as it does with secrets.
const maxValue = 512

type variable struct {
	name   string
	secret bool // the earlier value never leaves the shell
}

// managed are the variables that an activation sets or removes, sorted; lookup also knows
// those of single services. See the AWS SDK reference, "Environment variables settings", and
// for the old names the credential chains of boto and of the first Java SDK.
var managed = [...]variable{
	{"AWS_ACCESS_KEY", false}, // the Go SDK reads it too
	{"AWS_ACCESS_KEY_ID", false},
	{"AWS_ACCOUNT_ID", false}, // must belong to the keys
	{"AWS_CONTAINER_AUTHORIZATION_TOKEN", true},
	{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", false},
	{"AWS_CONTAINER_CREDENTIALS_FULL_URI", false},
	{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", false},
	{"AWS_CREDENTIAL_EXPIRATION", false},
	{"AWS_CREDENTIAL_FILE", false},
	{"AWS_DEFAULT_PROFILE", false}, // boto3 reads it before AWS_PROFILE
	{"AWS_DEFAULT_REGION", false},
	{"AWS_EC2_METADATA_DISABLED", false},
	{"AWS_EC2_METADATA_SERVICE_ENDPOINT", false},
	{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", false},
	{endpointName, false},
	{"AWS_PROFILE", false},
	{"AWS_REGION", false},
	{"AWS_ROLE_ARN", false},
	{"AWS_ROLE_SESSION_NAME", false},
	{"AWS_SDK_LOAD_CONFIG", false},
	{"AWS_SECRET_ACCESS_KEY", true},
	{"AWS_SECRET_KEY", true},
	{"AWS_SECURITY_TOKEN", true}, // botocore reads it before AWS_SESSION_TOKEN
	{"AWS_SESSION_TOKEN", true},
	{"AWS_VAULT", false},
	{"AWS_WEB_IDENTITY_TOKEN_FILE", false},
}

// endpointName redirects the AWS calls of programs. With an underscore and a service after it
// (AWS_ENDPOINT_URL_S3), it applies to that service alone.
const endpointName = "AWS_ENDPOINT_URL"

// bearerPrefix and a service form the name of a token, such as AWS_BEARER_TOKEN_BEDROCK. AWS
// tools send it to that service instead of a signature, so it is another identity.
const bearerPrefix = "AWS_BEARER_TOKEN_"

// longestName limits the names for single services, in bytes.
const longestName = 128

// Managed reports whether an activation may set, unset or restore the variable.
func Managed(name string) bool {
	_, ok := lookup(name)
	return ok || name == StateName
}

// Secret reports whether the variable holds a secret for AWS.
func Secret(name string) bool {
	v, _ := lookup(name)
	return v.secret || strings.HasPrefix(name, bearerPrefix)
}

func lookup(name string) (variable, bool) {
	for _, v := range managed {
		if v.name == name {
			return v, true
		}
	}
	for _, v := range [...]variable{{bearerPrefix, true}, {endpointName + "_", false}} {
		if service, ok := strings.CutPrefix(name, v.name); ok && isService(service) && len(name) <= longestName {
			return variable{name, v.secret}, true
		}
	}
	return variable{}, false
}

// isService reports whether text can be a service in the name of a variable.
func isService(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
	})
}

// concerned returns the managed variables, and those of single services that either
// environment contains, sorted.
func concerned[A, B any](a map[string]A, b map[string]B) []variable {
	list := slices.Clone(managed[:])
	add := func(name string) {
		if v, ok := lookup(name); ok && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	for name := range a {
		add(name)
	}
	for name := range b {
		add(name)
	}
	slices.SortFunc(list, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	return list
}

// Endpoints are the endpoints of a profile, by variable.
type Endpoints map[string]string

// EndpointVariable returns the variable for the endpoint of a service, named as in a services
// section (elastic_beanstalk); empty: of all services. ok is false if no service can have that
// name.
func EndpointVariable(service string) (name string, ok bool) {
	if service == "" {
		return endpointName, true
	}
	name = endpointName + "_" + strings.ToUpper(service)
	return name, Managed(name)
}

// wanted returns the environment of a target: names and values, nil for absent. A name that it
// does not contain keeps its value from before the activation.
func wanted(t Target, now Vars, active State) map[string]*string {
	want := make(map[string]*string, len(managed))
	for _, v := range managed {
		want[v.name] = nil
	}
	for _, v := range concerned(now, active.Vars) {
		if v.secret {
			want[v.name] = nil
		}
	}
	switch {
	case t.ByProfile:
		want["AWS_PROFILE"] = ptr(t.Profile)
	case t.Server == (Server{}):
		for n, v := range credentials(t.Credentials, t.About.Account) {
			want[n] = v
		}
	}
	for n, v := range map[string]string{
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": t.Server.URI, "AWS_CONTAINER_AUTHORIZATION_TOKEN": t.Server.Token,
		"AWS_EC2_METADATA_SERVICE_ENDPOINT": t.Server.Metadata,
	} {
		if v != "" {
			want[n] = ptr(v)
		}
	}
	if t.Server.Metadata == "" { // an instance may have a metadata service, which stays in use
		delete(want, "AWS_EC2_METADATA_DISABLED")
		delete(want, "AWS_EC2_METADATA_SERVICE_ENDPOINT")
		delete(want, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")
	}
	want["AWS_VAULT"] = ptr(t.Profile)
	if t.Region == "" {
		delete(want, "AWS_REGION")
		delete(want, "AWS_DEFAULT_REGION")
	} else {
		// Both, because the SDKs read the first, and botocore from pip only the second.
		want["AWS_REGION"], want["AWS_DEFAULT_REGION"] = ptr(t.Region), ptr(t.Region)
	}
	delete(want, endpointName)
	for name, url := range t.Endpoints {
		if _, ok := lookup(name); ok && strings.HasPrefix(name, endpointName) {
			want[name] = ptr(url)
		}
	}
	return want
}

// credentials returns the variables that a refresh replaces. The account is one of them,
// because programs derive host names from it, and it must fit the keys.
func credentials(c aws.Credentials, account string) map[string]*string {
	m := map[string]*string{
		"AWS_ACCESS_KEY_ID":         ptr(c.AccessKeyID),
		"AWS_SECRET_ACCESS_KEY":     ptr(c.SecretAccessKey),
		"AWS_SESSION_TOKEN":         nil,
		"AWS_CREDENTIAL_EXPIRATION": nil,
		"AWS_ACCOUNT_ID":            nil,
	}
	if aws.IsAccount(account) {
		m["AWS_ACCOUNT_ID"] = ptr(account)
	}
	if c.SessionToken != "" {
		m["AWS_SESSION_TOKEN"] = ptr(c.SessionToken)
	}
	if !c.Expires.IsZero() {
		m["AWS_CREDENTIAL_EXPIRATION"] = ptr(Expiration(c.Expires))
	}
	return m
}

// Expiration formats a time as AWS_CREDENTIAL_EXPIRATION needs it: RFC 3339, UTC, whole
// seconds, Z.
func Expiration(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

// TakesAway reports whether a target removes the variable.
func (t Target) TakesAway(name string) bool {
	value, ok := wanted(t, Vars{name: ""}, State{})[name]
	return ok && value == nil
}
