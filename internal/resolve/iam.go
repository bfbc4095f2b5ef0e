package resolve

// IAM returns where the plan's profile calls IAM, and the region for which to sign the calls.
// Each partition has one such region. It does not depend on the profile's region, and applies
// to custom endpoints too.
func (p *Plan) IAM() (Endpoint, error) {
	region := p.target.region.text
	if region == "" {
		region = p.sts.Region // the home region of the partition that the ARNs name
	}
	e, err := p.target.endpoint(iamService(), region)
	e.Region = partitionNamed(partitionOf(region)).home
	return e, err
}

// STS returns where the plan's profile asks STS who owns credentials.
func (p *Plan) STS() Endpoint { return p.sts }

// iamHosts returns the endpoints of a partition's IAM: plain, FIPS, dual stack, both. They
// follow no rule. The AWS SDK has a list too, and a test compares them.
func iamHosts(partition string) [4]string {
	return map[string][4]string{
		"aws":        {"iam.amazonaws.com", "iam-fips.amazonaws.com", "iam.global.api.aws", "iam-fips.global.api.aws"},
		"aws-cn":     {"iam.cn-north-1.amazonaws.com.cn", "iam-fips.amazonaws.com.cn", "iam.global.api.amazonwebservices.com.cn", "iam-fips.api.amazonwebservices.com.cn"},
		"aws-us-gov": {"iam.us-gov.amazonaws.com", "iam.us-gov.amazonaws.com", "iam.us-gov.api.aws", "iam.us-gov.api.aws"},
		"aws-eusc":   {"iam.eusc-de-east-1.amazonaws.eu", "iam-fips.amazonaws.eu", "iam.global.api.amazonwebservices.eu", "iam-fips.api.amazonwebservices.eu"},
		"aws-iso":    {"iam.us-iso-east-1.c2s.ic.gov", "iam-fips.us-iso-east-1.c2s.ic.gov", "iam.api.aws.ic.gov", "iam-fips.api.aws.ic.gov"},
		"aws-iso-b":  {"iam.us-isob-east-1.sc2s.sgov.gov", "iam-fips.us-isob-east-1.sc2s.sgov.gov", "iam.api.aws.scloud", "iam-fips.api.aws.scloud"},
		"aws-iso-e":  {"iam.eu-isoe-west-1.cloud.adc-e.uk", "iam-fips.cloud.adc-e.uk", "iam.api.cloud-aws.adc-e.uk", "iam-fips.api.cloud-aws.adc-e.uk"},
		"aws-iso-f":  {"iam.us-isof-south-1.csp.hci.ic.gov", "iam-fips.csp.hci.ic.gov", "iam.api.aws.hci.ic.gov", "iam-fips.api.aws.hci.ic.gov"},
	}[partition]
}

// iamService describes the endpoints of IAM.
func iamService() service {
	return service{id: "IAM", resolve: func(r endpointRule) (Endpoint, error) {
		p := partitionNamed(partitionOf(r.region))
		i := 0
		if r.fips {
			i++
		}
		if r.dualStack {
			i += 2
		}
		return Endpoint{URL: "https://" + iamHosts(p.name)[i], Region: p.home}, nil
	}}
}
