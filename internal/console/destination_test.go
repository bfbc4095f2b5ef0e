package console

import (
	"strings"
	"testing"

	"awsvault/internal/fault"
)

func TestDestination(t *testing.T) {
	for _, test := range []struct {
		name      string
		wish      Wish
		partition string
		page      string
		says      string
	}{
		{"nothing is named", Wish{Region: "eu-west-1"}, "aws", "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1", ""},
		{"and no region", Wish{}, "aws", "https://console.aws.amazon.com/", ""},
		{"a service", Wish{Region: "eu-west-1", Service: "lambda/home"}, "aws", "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1", ""},
		{"a service without regions", Wish{Region: "eu-west-1", Service: "iam/home", Global: true}, "aws", "https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1", ""},
		{"a service without regions in China", Wish{Region: "cn-northwest-1", Service: "iam/home", Global: true}, "aws-cn", "https://cn-north-1.console.amazonaws.cn/iam/home?region=cn-north-1", ""},
		{"a service, and no region", Wish{Service: "iam/home", Global: true}, "aws", "https://console.aws.amazon.com/iam/home", ""},
		{"a path", Wish{Region: "eu-west-1", Path: "s3/buckets"}, "aws", "https://eu-west-1.console.aws.amazon.com/s3/buckets?region=eu-west-1", ""},
		{"the partition of an ARN", Wish{ARN: "arn:aws-us-gov:iam::1:role/x"}, "aws-us-gov", "https://us-gov-west-1.console.amazonaws-us-gov.com/", ""},
		{"signing out first", Wish{SignOut: true}, "aws", "https://console.aws.amazon.com/", ""},
		{"signing out first, where that does not lead back", Wish{Region: "cn-north-1", SignOut: true}, "aws-cn", "", "--auto-logout: after signing out, AWS opens the next console only"},
		{"a page elsewhere", Wish{Path: "https://example.com/"}, "aws", "", "is not a page of the console"},
		{"a region of another partition", Wish{Region: "cn-north-1", ARN: "arn:aws:iam::1:role/x"}, "", "", "is not in the partition"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, page, err := test.wish.Destination()
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("it says %v, want %s", err, test.says)
				}
				if test.wish.Path != "" && fault.KindOf(err) != fault.Usage {
					t.Errorf("a wrong --path is of kind %v", fault.KindOf(err))
				}
				return
			}
			if err != nil || p.Name != test.partition || page != test.page {
				t.Errorf("%s in %s, %v; want %s in %s", page, p.Name, err, test.page, test.partition)
			}
		})
	}
}
