package resolve

import "fmt"

// Kind is what a step does: one for each credential source.
type Kind uint8

const (
	// StoredKeys reads long-lived keys from the keystore.
	StoredKeys Kind = iota + 1
	// GetSessionToken trades long-lived keys for a session, with an MFA code or without.
	GetSessionToken
	// AssumeRole takes a role with the credentials of the step before.
	AssumeRole
	// FileKeys reads keys that stand in one of the AWS files.
	FileKeys
	// Environment reads the keys in the variables around the program.
	Environment
	// Container asks the credentials endpoint of ECS or EKS.
	Container
	// InstanceMetadata asks the metadata service of an EC2 instance.
	InstanceMetadata
	// Process runs a credential_process.
	Process
	// SSO gets a role from IAM Identity Center, which may need a sign-in.
	SSO
	// WebIdentity takes a role with the token of an identity provider.
	WebIdentity
	// Login uses, and renews, what `aws login` left behind.
	Login
	// GetFederationToken trades long-lived keys for a session that the console takes.
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

// Cacheable says that what a step of this kind delivers goes into the cache. The
// other sources are local, or have a cache of their own.
func (k Kind) Cacheable() bool {
	switch k {
	case GetSessionToken, GetFederationToken, AssumeRole, Process, SSO, WebIdentity:
		return true
	}
	return false
}

// Calls says that a step of this kind is a call to AWS.
func (k Kind) Calls() bool {
	switch k {
	case GetSessionToken, GetFederationToken, AssumeRole, SSO, WebIdentity:
		return true
	}
	return false
}
