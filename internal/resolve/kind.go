package resolve

import "fmt"

// Kind is the kind of a step; each credential source has one.
type Kind uint8

const (
	// StoredKeys reads long-lived keys from the keystore.
	StoredKeys Kind = iota + 1
	// GetSessionToken exchanges long-lived keys for a session, with or without an MFA code.
	GetSessionToken
	// AssumeRole assumes a role with the credentials of the step before.
	AssumeRole
	// FileKeys reads keys in one of the AWS files.
	FileKeys
	// Environment reads the keys in the program's environment.
	Environment
	// Container asks the credentials endpoint of ECS or EKS.
	Container
	// InstanceMetadata asks the metadata service of an EC2 instance.
	InstanceMetadata
	// Process runs a credential_process.
	Process
	// SSO gets a role from IAM Identity Center, which may need a sign-in.
	SSO
	// WebIdentity assumes a role with the token of an identity provider.
	WebIdentity
	// Login uses and renews the session of `aws login`.
	Login
	// GetFederationToken exchanges long-lived keys for a session that the console accepts.
	GetFederationToken
)

// String names the kind as AWS names the call.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
	return kindNames[k]
}

var kindNames = [...]string{
	StoredKeys: "stored keys", GetSessionToken: "GetSessionToken", AssumeRole: "AssumeRole",
	FileKeys: "keys in a file", Environment: "keys in the environment",
	Container: "the container's credentials", InstanceMetadata: "the instance's credentials",
	Process: "credential_process", SSO: "GetRoleCredentials", WebIdentity: "AssumeRoleWithWebIdentity", Login: "aws login",
	GetFederationToken: "GetFederationToken",
}

// Cacheable reports whether the credentials from a step of this kind go into the cache. The
// other sources are local, or have a cache of their own.
func (k Kind) Cacheable() bool {
	switch k {
	case GetSessionToken, GetFederationToken, AssumeRole, Process, SSO, WebIdentity:
		return true
	}
	return false
}

// Calls reports whether a step of this kind is a call to AWS.
func (k Kind) Calls() bool {
	switch k {
	case GetSessionToken, GetFederationToken, AssumeRole, SSO, WebIdentity:
		return true
	}
	return false
}
