package resolve

import (
	"fmt"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/line"
)

// signinService is the service behind `aws login`. Its hosts are formed in three ways. A test
// compares them with the SDK's endpoint rules, which the AWS CLI shares.
func signinService() service {
	return service{id: "SIGNIN", resolve: func(r endpointRule) (Endpoint, error) {
		p := partitionNamed(partitionOf(r.region))
		host := r.region + "." + p.signin
		switch {
		case r.dualStack && p.dualStack == "":
			return Endpoint{}, fmt.Errorf("there is no dual stack in %s", p.name)
		case r.dualStack && r.fips:
			host = "signin-fips." + r.region + "." + p.dualStack
		case r.dualStack:
			host = "signin." + r.region + "." + p.dualStack
		case r.fips && r.region == "us-gov-west-1":
			host = "signin-fips.amazonaws-us-gov.com"
		case r.fips && p.name == "aws-us-gov":
			host = r.region + ".signin-fips.amazonaws-us-gov.com"
		case r.fips:
			host = "signin-fips." + r.region + "." + p.suffix
		}
		return Endpoint{URL: "https://" + host, Region: r.region}, nil
	}}
}

// loginRegions decides where to renew a sign-in: in the region of the sign-in, which no file
// records. Most likely that is the profile's own region, which `aws login` asks for and
// writes. The other candidate is the region in use now.
func (p *planner) loginRegions(l *link, step *Step, partition string) error {
	var regions []string
	for _, v := range []setting{l.own("region"), first(l.region, p.links[0].region)} {
		if v.given() && hostLabel(v.text) {
			regions = append(regions, v.text)
		}
	}
	if len(regions) == 0 {
		regions = []string{partitionNamed(partition).home}
	}
	var err error
	if step.Endpoint, err = l.endpoint(signinService(), regions[0]); err != nil || len(regions) == 1 {
		return err
	}
	other, err := l.endpoint(signinService(), regions[1])
	if other.URL != step.Endpoint.URL {
		step.LoginElse = other
	}
	return err
}

// loginStep is the step for login_session, which `aws login` writes: the ARN of the user or
// role that signed in.
func (l *link) loginStep() (Step, error) {
	v := l.get("login_session")
	arn := strings.TrimSpace(v.text)
	if a, ok := aws.ParseARN(arn); !ok || a.Account == "" {
		return Step{}, v.bad("login_session %q is not the ARN of a user or role", v.text).withHint("aws login --profile %s   sets it", line.Word(l.name))
	}
	return Step{Kind: Login, Profile: l.name, LoginSession: arn, From: v.export().From}, nil
}
