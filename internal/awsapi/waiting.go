package awsapi

import "strings"

// waiting reports which service vault waits for.
func (c *Client) waiting(host string) (done func()) {
	if c.Waiting == nil {
		return func() {}
	}
	return c.Waiting(ServiceAt(host))
}

// ServiceAt returns a service's name for messages, from its host, with its region if the host
// contains one. A host that does not belong to AWS keeps its name.
func ServiceAt(host string) string {
	labels := strings.Split(host, ".")
	if !strings.Contains(host, ".amazonaws.com") && !strings.HasSuffix(host, ".aws.amazon.com") {
		return host
	}
	name, region := labels[0], labels[1]
	switch {
	case name == "portal" && region == "sso" && len(labels) > 2:
		name, region = "IAM Identity Center", labels[2]
	case name == "oidc":
		name = "IAM Identity Center"
	case name == "sts" || name == "sts-fips":
		name = "AWS STS"
	case name == "iam":
		name = "AWS IAM"
	case region == "signin":
		name, region = "AWS sign-in", name
	default:
		return host
	}
	if !strings.Contains(region, "-") {
		return name
	}
	return name + " (" + region + ")"
}
