package resolve

import (
	"strings"

	"awsvault/internal/aws"
)

// accountIn returns the account in a text that may not be an ARN, for a hint.
func accountIn(text string) string {
	if f := strings.SplitN(text, ":", 6); len(f) == 6 {
		return f[4]
	}
	return ""
}

// partition is a part of AWS that is separate from the others. It has the prefix of its
// regions' names, its first region, and the names of its hosts.
type partition struct{ name, prefix, home, suffix, dualStack, signin string }

// partitions ends with the commercial one, which has every region that no other entry matches.
var partitions = [...]partition{
	{"aws-cn", "cn-", "cn-north-1", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "signin.amazonaws.cn"},
	{"aws-us-gov", "us-gov-", "us-gov-west-1", "amazonaws.com", "api.aws", "signin.amazonaws-us-gov.com"},
	{"aws-eusc", "eusc-", "eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu", "signin.amazonaws-eusc.eu"},
	{"aws-iso", "us-iso-", "us-iso-east-1", "c2s.ic.gov", "api.aws.ic.gov", "signin.c2shome.ic.gov"},
	{"aws-iso-b", "us-isob-", "us-isob-east-1", "sc2s.sgov.gov", "api.aws.scloud", "signin.sc2shome.sgov.gov"},
	{"aws-iso-e", "eu-isoe-", "eu-isoe-west-1", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "signin.csphome.adc-e.uk"},
	{"aws-iso-f", "us-isof-", "us-isof-south-1", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "signin.csphome.hci.ic.gov"},
	{"aws", "", "us-east-1", "amazonaws.com", "api.aws", "signin.aws.amazon.com"},
}

// partitionNamed returns the partition of that name, which must be in the table.
func partitionNamed(name string) partition {
	for _, p := range partitions {
		if p.name == name {
			return p
		}
	}
	return partitions[len(partitions)-1]
}

// partitionOf returns the name of a region's partition.
func partitionOf(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.name
		}
	}
	return "aws"
}

// homeRegion is where to call if no region is known: the first region of the partition that an
// ARN names.
func homeRegion(arns ...string) string {
	for _, text := range arns {
		if a, ok := aws.ParseGlobalARN(text, "iam"); ok {
			for _, p := range partitions {
				if p.name == a.Partition {
					return p.home
				}
			}
		}
	}
	return "us-east-1"
}
