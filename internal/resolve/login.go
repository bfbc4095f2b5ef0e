package resolve

import "strings"

// signinService is the service behind `aws login`. It has no endpoints for FIPS
// or dual stack: docs.aws.amazon.com/general/latest/gr/signin-service.html
func signinService() service {
	return service{id: "SIGNIN", resolve: func(r endpointRule) (Endpoint, error) {
		p := partitionNamed(partitionOf(r.region))
		return Endpoint{URL: "https://" + r.region + "." + p.signin, Region: r.region}, nil
	}}
}

// loginStep is the step for login_session, what `aws login` leaves behind: the
// ARN of whoever signed in.
func (l *link) loginStep() (Step, error) {
	v := l.get("login_session")
	arn := strings.TrimSpace(v.text)
	if a, ok := parseAnyARN(arn); !ok || a.account == "" {
		return Step{}, v.bad("login_session %q is not the ARN of a user or role", v.text).withHint("aws login --profile %s   sets it", l.name)
	}
	return Step{Kind: Login, Profile: l.name, LoginSession: arn, From: v.export().From}, nil
}
