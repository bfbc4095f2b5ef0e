package resolve

// credentialSource is the step for credential_source, which uses the credentials of the
// environment, the container or the instance instead of a profile's. Its values must be
// spelled exactly so, see
// docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
func (l *link) credentialSource() (Step, error) {
	v := l.get("credential_source")
	if other := l.get("source_profile"); other.given() {
		return Step{}, v.bad("credential_source and source_profile (%s) exclude each other", other.at)
	}
	s := Step{Profile: l.name, From: v.export().From}
	switch v.text {
	case "Environment":
		s.Kind = Environment
		if l.getenv("AWS_ACCESS_KEY_ID") == "" {
			return s, v.bad("credential_source is Environment, and AWS_ACCESS_KEY_ID is not set").withHint("export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY first")
		}
		s.Temporary = l.getenv("AWS_SESSION_TOKEN")+l.getenv("AWS_SECURITY_TOKEN") != ""
		return s, nil
	case "EcsContainer":
		s.Kind = Container
		var err error
		s.Endpoint, err = l.containerEndpoint(v)
		return s, err
	case "Ec2InstanceMetadata":
		s.Kind = InstanceMetadata
		var err error
		s.Endpoint, err = l.metadataEndpoint(v)
		return s, err
	}
	return s, v.bad("credential_source is %q, it must be Environment, EcsContainer or Ec2InstanceMetadata", v.text)
}
