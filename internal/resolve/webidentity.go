package resolve

// webIdentity returns the setting for the token of a web identity: a file, or aws-vault's
// web_identity_token_process.
func (l *link) webIdentity() setting {
	return first(l.get("web_identity_token_file"), l.get("web_identity_token_process"))
}

// tokenGoesFirst reports whether a token in a file gives the role. As in the AWS CLI, that
// overrides source_profile and credential_source. aws-vault's web_identity_token_process,
// which the CLI does not know, does not override them.
func (l *link) tokenGoesFirst() bool {
	return l.role != nil && l.get("web_identity_token_file").given()
}

// webIdentityStep plans AssumeRoleWithWebIdentity. The token gives the profile's role, which
// is not assumed again.
func (l *link) webIdentityStep() (Step, error) {
	v := l.webIdentity()
	if l.role == nil {
		return Step{}, v.bad("a web identity needs a role_arn").withHint("role_arn = arn:aws:iam::123456789012:role/NAME under %s", label(l.name))
	}
	return Step{
		Kind: WebIdentity, Profile: l.name, From: v.export().From, RoleARN: l.role.ARN, SessionName: l.role.SessionName,
		TokenFile: l.get("web_identity_token_file").text, TokenProcess: l.get("web_identity_token_process").text,
	}, nil
}
