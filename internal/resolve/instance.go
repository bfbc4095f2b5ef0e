package resolve

import "strings"

// metadataEndpoint reads the address of the instance metadata service, see
// docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
func (l *link) metadataEndpoint(v setting) (Endpoint, error) {
	if off := l.env("AWS_EC2_METADATA_DISABLED"); strings.EqualFold(off.text, "true") {
		return Endpoint{}, v.bad("credential_source is Ec2InstanceMetadata, and AWS_EC2_METADATA_DISABLED is true")
	}
	if e := first(l.env("AWS_EC2_METADATA_SERVICE_ENDPOINT"), l.get("ec2_metadata_service_endpoint")); e.given() {
		if _, ok := parseAddress(e.text); !ok {
			return Endpoint{}, e.bad("the endpoint of the instance metadata is not a URL")
		}
		return Endpoint{URL: strings.TrimSuffix(e.text, "/"), From: e.export().From}, nil
	}
	mode := first(l.env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), l.get("ec2_metadata_service_endpoint_mode"))
	switch strings.ToLower(mode.text) {
	case "", "ipv4":
		return Endpoint{URL: "http://169.254.169.254"}, nil
	case "ipv6":
		return Endpoint{URL: "http://[fd00:ec2::254]", From: mode.export().From}, nil
	}
	return Endpoint{}, mode.bad("ec2_metadata_service_endpoint_mode is %q, it must be IPv4 or IPv6", mode.text)
}
