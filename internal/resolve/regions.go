package resolve

import (
	"fmt"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/near"
)

// Regions returns the regions of AWS:
// docs.aws.amazon.com/global-infrastructure/latest/regions. AWS adds some each year, so an
// unknown name may be a region too.
func Regions() []string {
	return []string{
		"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
		"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
		"ca-central-1", "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1",
		"eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "eusc-de-east-1", "il-central-1", "me-central-1", "me-south-1",
		"mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
	}
}

// checkRegion refuses a region that a person has typed and that cannot exist, before any call.
// It accepts a name that the environment or a file already contains: a server of the person's
// own may use any name.
func (s *settings) checkRegion(in Inputs, name string) error {
	err := CheckRegion(name)
	if name == "" || err == nil {
		return nil
	}
	if hostLabel(name) {
		for _, v := range []setting{s.env("AWS_REGION"), s.env("AWS_DEFAULT_REGION"), s.get("region")} {
			if v.text == name {
				return nil
			}
		}
		if s.env("AWS_ENDPOINT_URL").given() || s.get("endpoint_url").given() {
			return nil
		}
	}
	return err
}

func regionHint(name string) string {
	if hint := near.Hint(near.Names(name, Regions())); hint != "" {
		return hint
	}
	return "a region looks like eu-west-1"
}

// CheckRegion refuses a typed region that cannot exist.
func CheckRegion(name string) error {
	if !looksLikeRegion(name) {
		return fault.NewUsage(fmt.Sprintf("there is no region %q", name), regionHint(name))
	}
	return nil
}

// looksLikeRegion accepts eu-west-1, us-gov-east-1 and eusc-de-east-1, for example.
func looksLikeRegion(name string) bool {
	parts := strings.Split(name, "-")
	if len(parts) < 3 || len(parts) > 4 || len(parts[0]) < 2 {
		return false
	}
	for _, p := range parts[:len(parts)-2] {
		if p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
	}
	switch parts[len(parts)-2] {
	case "north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest":
	default:
		return false
	}
	number := parts[len(parts)-1]
	return number != "" && len(number) <= 2 && strings.Trim(number, "0123456789") == ""
}
