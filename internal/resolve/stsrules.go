package resolve

import "slices"

// stsService describes the endpoints of STS. A test compares its rule with the SDK's, whose
// table would slow down every start of the program. See
// docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html
func stsService() service {
	regional := hostService("STS", "sts")
	return service{id: "STS", resolve: func(r endpointRule) (Endpoint, error) {
		if r.region == "aws-global" && !r.fips && !r.dualStack || r.global && !r.fips && !r.dualStack && slices.Contains(legacyRegions[:], r.region) {
			return Endpoint{URL: "https://sts.amazonaws.com", Region: "us-east-1"}, nil
		}
		return regional.resolve(r)
	}}
}

// legacyRegions are the regions in which sts_regional_endpoints = legacy selects the global
// endpoint.
var legacyRegions = [...]string{
	"ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1",
	"eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
}
