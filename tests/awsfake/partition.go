package awsfake

import (
	"fmt"
	"slices"
	"strings"
)

// partition is a separate AWS: its ARN prefix, its regions, and the region for which clients
// sign calls of IAM.
type partition struct {
	id        string
	iamRegion string
	regions   []string
}

func findPartition(id string) partition {
	if id == "" {
		id = "aws"
	}
	all := partitions()
	i := slices.IndexFunc(all, func(p partition) bool { return p.id == id })
	if i < 0 {
		panic(fmt.Sprintf("awsfake: unknown partition %q", id))
	}
	return all[i]
}

func partitions() []partition {
	return []partition{
		{"aws", "us-east-1", strings.Fields(`
			af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
			ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
			ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3
			il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2`)},
		{"aws-cn", "cn-north-1", []string{"cn-north-1", "cn-northwest-1"}},
		{"aws-us-gov", "us-gov-west-1", []string{"us-gov-east-1", "us-gov-west-1"}},
		{"aws-eusc", "eusc-de-east-1", []string{"eusc-de-east-1"}},
	}
}
