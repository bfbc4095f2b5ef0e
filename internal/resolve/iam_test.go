package resolve_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	smithyauth "github.com/aws/smithy-go/auth"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"awsvault/internal/resolve"
)

// IAM's endpoints are the same as those of the AWS SDK, in every partition.
func TestIAMEndpoints(t *testing.T) {
	for _, region := range []string{
		"us-east-1", "eu-central-1", "cn-north-1", "cn-northwest-1", "us-gov-west-1", "us-gov-east-1", "eusc-de-east-1",
		"us-iso-east-1", "us-iso-west-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1",
	} {
		for _, fips := range []bool{false, true} {
			for _, dual := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s fips=%t dual=%t", region, fips, dual), func(t *testing.T) {
					want, err := iam.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), iam.EndpointParameters{
						Region: aws.String(region), UseFIPS: aws.Bool(fips), UseDualStack: aws.Bool(dual),
					})
					if err != nil {
						t.Fatal(err)
					}
					options, _ := smithyauth.GetAuthOptions(&want.Properties)
					signed, _ := smithyhttp.GetSigV4SigningRegion(&options[0].SignerProperties)

					plan, err := resolve.NewPlan(inputs(t, "jon", "[profile jon]\n", map[string]string{
						"AWS_REGION": region, "AWS_USE_FIPS_ENDPOINT": fmt.Sprint(fips), "AWS_USE_DUALSTACK_ENDPOINT": fmt.Sprint(dual),
					}))
					if err != nil {
						t.Fatal(err)
					}
					got, err := plan.IAM()
					if err != nil || got.URL != want.URI.String() || got.Region != signed {
						t.Errorf("%s signed for %s, %v; want %s signed for %s", got.URL, got.Region, err, want.URI.String(), signed)
					}
				})
			}
		}
	}
}

// A custom endpoint is found in the same way as for STS, and the signature is for IAM's
// region.
func TestIAMEndpointOfOnesOwn(t *testing.T) {
	for name, test := range map[string]struct {
		config string
		env    map[string]string
	}{
		"the variable": {"[profile jon]\nregion = eu-west-1\n", map[string]string{"AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:1"}},
		"the services section": {"[profile jon]\nregion = eu-west-1\nservices = here\n[services here]\niam =\n  endpoint_url = http://127.0.0.1:1\n",
			map[string]string{"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:2"}},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := resolve.NewPlan(inputs(t, "jon", test.config, test.env))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := plan.IAM(); err != nil || got.URL != "http://127.0.0.1:1" || got.Region != "us-east-1" {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
