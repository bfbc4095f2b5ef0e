package resolve

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	signinsdk "github.com/aws/aws-sdk-go-v2/service/signin"
	ssosdk "github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyauth "github.com/aws/smithy-go/auth"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// For the services that vault calls without the SDK, the hosts are the same as the SDK's.
func TestHostsAreTheSDKs(t *testing.T) {
	regions := []string{
		"us-east-1", "us-west-2", "eu-west-1", "eu-central-2", "ap-southeast-7", "sa-east-1", "ca-west-1", "me-central-1", "af-south-1", "il-central-1", "mx-central-1",
		"cn-north-1", "cn-northwest-1", "us-gov-west-1", "us-gov-east-1", "eusc-de-east-1", "us-iso-east-1", "us-iso-west-1", "us-isob-east-1", "us-isob-west-1", "eu-isoe-west-1", "us-isof-south-1",
	}
	sdk := map[string]func(region string, fips, dual bool) (string, error){
		"SSO_OIDC": func(region string, fips, dual bool) (string, error) {
			e, err := ssooidc.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), ssooidc.EndpointParameters{Region: &region, UseFIPS: &fips, UseDualStack: &dual})
			return e.URI.String(), err
		},
		"SSO": func(region string, fips, dual bool) (string, error) {
			e, err := ssosdk.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), ssosdk.EndpointParameters{Region: &region, UseFIPS: &fips, UseDualStack: &dual})
			return e.URI.String(), err
		},
		"SIGNIN": func(region string, fips, dual bool) (string, error) {
			e, err := signinsdk.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), signinsdk.EndpointParameters{Region: aws.String(region), UseFIPS: &fips, UseDualStack: &dual})
			return e.URI.String(), err
		},
	}
	sdk["STS"] = func(region string, fips, dual bool) (string, error) {
		e, err := sts.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), sts.EndpointParameters{Region: &region, UseFIPS: &fips, UseDualStack: &dual, UseGlobalEndpoint: aws.Bool(false)})
		return e.URI.String(), err
	}
	for _, svc := range []service{stsService(), hostService("SSO_OIDC", "oidc"), hostService("SSO", "portal.sso"), signinService()} {
		for _, region := range regions {
			for _, r := range []endpointRule{{region: region}, {region: region, fips: true}, {region: region, dualStack: true}, {region: region, fips: true, dualStack: true}} {
				want, werr := sdk[svc.id](region, r.fips, r.dualStack)
				got, err := svc.resolve(r)
				if (err != nil) != (werr != nil) || err == nil && got.URL != want {
					t.Errorf("%s in %s, FIPS %v, dual stack %v: %s %v, the SDK says %s %v", svc.id, region, r.fips, r.dualStack, got.URL, err, want, werr)
				}
			}
		}
	}
}

// sts_regional_endpoints = legacy selects the global endpoint wherever the SDK uses it, and
// the signature is for the same region as the SDK's.
func TestGlobalEndpointIsTheSDKs(t *testing.T) {
	for _, region := range append(legacyRegions[:], "aws-global", "eu-central-2", "ap-southeast-7", "me-south-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1") {
		for _, r := range []endpointRule{{region: region}, {region: region, global: true}, {region: region, global: true, fips: true}, {region: region, global: true, dualStack: true}} {
			want, werr := sts.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), sts.EndpointParameters{
				Region: &r.region, UseFIPS: &r.fips, UseDualStack: &r.dualStack, UseGlobalEndpoint: &r.global,
			})
			got, err := stsService().resolve(r)
			if (err != nil) != (werr != nil) {
				t.Errorf("%+v: %v, the SDK says %v", r, err, werr)
				continue
			}
			signed := region
			if options, ok := smithyauth.GetAuthOptions(&want.Properties); ok && len(options) > 0 {
				if name, ok := smithyhttp.GetSigV4SigningRegion(&options[0].SignerProperties); ok {
					signed = name
				}
			}
			if err == nil && (got.URL != want.URI.String() || got.Region != signed) {
				t.Errorf("%+v: %s for %s, the SDK says %s for %s", r, got.URL, got.Region, want.URI.String(), signed)
			}
		}
	}
}
