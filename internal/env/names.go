package env

import (
	"time"

	"awsvault/internal/aws"
)

// StateName is the variable that says what is active in a shell. It is opaque,
// carries no secret, and is inherited by nested shells of any kind.
const StateName = "AWS_VAULT_SHELL_STATE"

// maxValue bounds what of an earlier value goes into the state variable; longer
// ones are kept aside by the shell, as secrets are.
const maxValue = 512

type variable struct {
	name   string
	secret bool // its earlier value never leaves the shell
}

// managed are the variables that an activation sets or takes away, sorted. The
// list and its reasons: AWS SDK reference, "Environment variables settings", and
// for the old names the credential chains of boto and the first Java SDK.
var managed = [...]variable{
	{"AWS_ACCESS_KEY", false}, // the Go SDK reads it too
	{"AWS_ACCESS_KEY_ID", false},
	{"AWS_ACCOUNT_ID", false}, // must match the keys
	{"AWS_CONTAINER_AUTHORIZATION_TOKEN", true},
	{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", false},
	{"AWS_CONTAINER_CREDENTIALS_FULL_URI", false},
	{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", false},
	{"AWS_CREDENTIAL_EXPIRATION", false},
	{"AWS_CREDENTIAL_FILE", false},
	{"AWS_DEFAULT_PROFILE", false}, // boto3 reads it before AWS_PROFILE
	{"AWS_DEFAULT_REGION", false},
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

// Managed reports whether an activation may set, unset or restore the variable.
func Managed(name string) bool {
	_, ok := lookup(name)
	return ok || name == StateName
}

func lookup(name string) (variable, bool) {
	for _, v := range managed {
		if v.name == name {
			return v, true
		}
	}
	return variable{}, false
}

// wanted is the environment of a target: name to value, nil for absent. A name
// that is not in it is left as it was before the activation.
func wanted(t Target) map[string]*string {
	want := make(map[string]*string, len(managed))
	for _, v := range managed {
		want[v.name] = nil
	}
	for n, v := range credentials(t.Credentials) {
		want[n] = v
	}
	want["AWS_VAULT"] = ptr(t.Profile)
	if t.Region == "" {
		delete(want, "AWS_REGION")
		delete(want, "AWS_DEFAULT_REGION")
	} else {
		// Both: the SDKs read the first, botocore from pip only the second.
		want["AWS_REGION"], want["AWS_DEFAULT_REGION"] = ptr(t.Region), ptr(t.Region)
	}
	return want
}

// credentials is the part of the environment that a refresh replaces.
func credentials(c aws.Credentials) map[string]*string {
	m := map[string]*string{
		"AWS_ACCESS_KEY_ID":         ptr(c.AccessKeyID),
		"AWS_SECRET_ACCESS_KEY":     ptr(c.SecretAccessKey),
		"AWS_SESSION_TOKEN":         nil,
		"AWS_CREDENTIAL_EXPIRATION": nil,
	}
	if c.SessionToken != "" {
		m["AWS_SESSION_TOKEN"] = ptr(c.SessionToken)
	}
	if !c.Expires.IsZero() {
		m["AWS_CREDENTIAL_EXPIRATION"] = ptr(Expiration(c.Expires))
	}
	return m
}

// Expiration spells a time as AWS_CREDENTIAL_EXPIRATION wants it: RFC 3339, UTC,
// whole seconds, Z.
func Expiration(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

// TakesAway reports whether a target wants the variable to be absent.
func (t Target) TakesAway(name string) bool {
	value, ok := wanted(t)[name]
	return ok && value == nil
}
