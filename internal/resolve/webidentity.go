package resolve

// webIdentity is the setting that says where the token of a web identity is: a
// file, or aws-vault's web_identity_token_process.
func (l *link) webIdentity() setting {
	return first(l.get("web_identity_token_file"), l.get("web_identity_token_process"))
}

// tokenGoesFirst says that the role is taken with a token in a file. That goes before
// source_profile and credential_source, as in the AWS CLI; aws-vault's process, which
// the CLI does not know, does not.
func (l *link) tokenGoesFirst() bool {
	return l.role != nil && l.get("web_identity_token_file").given()
}

// webIdentityStep plans AssumeRoleWithWebIdentity. The profile's role is the
// one that the token is for, and not assumed again.
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
