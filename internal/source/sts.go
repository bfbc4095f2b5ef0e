package source

import (
	"context"
	"fmt"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// stsSource gets sessions from STS.
type stsSource struct{ clients *clients }

// Credentials makes the call for the step.
func (s stsSource) Credentials(ctx context.Context, r vault.Request) (aws.Credentials, error) {
	return s.call(r, func(client *awsapi.STS) (aws.Credentials, error) {
		switch r.Kind {
		case resolve.GetSessionToken:
			return getSessionToken(ctx, client, r)
		case resolve.GetFederationToken:
			return getFederationToken(ctx, client, r)
		case resolve.AssumeRole:
			return assumeRole(ctx, client, r)
		}
		return aws.Credentials{}, fmt.Errorf("STS has no call for %s", r.Kind)
	})
}

// call makes a call and explains its error.
func (s stsSource) call(r vault.Request, do func(*awsapi.STS) (aws.Credentials, error)) (aws.Credentials, error) {
	client, err := s.clients.api(r.CABundle).STS(r.Endpoint.URL, r.Endpoint.Region, r.From)
	if err != nil {
		return aws.Credentials{}, err
	}
	c, err := do(client)
	return c, explain(err, r)
}

// identity calls GetCallerIdentity.
func (s stsSource) identity(ctx context.Context, r vault.Request) (arn, account string, err error) {
	arn, account, err = s.clients.api(r.CABundle).Identity(ctx, r.Endpoint.URL, r.Endpoint.Region, r.From)
	return arn, account, explain(err, r)
}

func assumeRole(ctx context.Context, client *awsapi.STS, r vault.Request) (aws.Credentials, error) {
	in := &sts.AssumeRoleInput{
		RoleArn:           sdk.String(r.RoleARN),
		RoleSessionName:   sdk.String(r.SessionName),
		DurationSeconds:   seconds(r.Duration),
		ExternalId:        optional(r.ExternalID),
		SourceIdentity:    optional(r.SourceIdentity),
		TransitiveTagKeys: r.TransitiveTags,
	}
	for _, t := range r.Tags {
		in.Tags = append(in.Tags, types.Tag{Key: sdk.String(t.Key), Value: sdk.String(t.Value)})
	}
	in.SerialNumber, in.TokenCode = optional(r.MFASerial), optional(r.Code)
	in.Policy, in.PolicyArns = optional(r.Policy), policyARNs(r.PolicyARNs)
	return client.AssumeRole(ctx, in)
}

func getSessionToken(ctx context.Context, client *awsapi.STS, r vault.Request) (aws.Credentials, error) {
	return client.GetSessionToken(ctx, &sts.GetSessionTokenInput{
		DurationSeconds: seconds(r.Duration), SerialNumber: optional(r.MFASerial), TokenCode: optional(r.Code),
	})
}

// allowAll is the session policy of a federated user, who could do nothing without one. It
// allows nothing that the user may not do.
const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func getFederationToken(ctx context.Context, client *awsapi.STS, r vault.Request) (aws.Credentials, error) {
	in := &sts.GetFederationTokenInput{
		Name: sdk.String(r.SessionName), Policy: optional(r.Policy), PolicyArns: policyARNs(r.PolicyARNs), DurationSeconds: seconds(r.Duration),
	}
	if r.Policy == "" && len(r.PolicyARNs) == 0 {
		in.Policy = sdk.String(allowAll)
	}
	return client.GetFederationToken(ctx, in)
}

func policyARNs(arns []string) (out []types.PolicyDescriptorType) {
	for _, arn := range arns {
		out = append(out, types.PolicyDescriptorType{Arn: sdk.String(arn)})
	}
	return out
}

func seconds(d time.Duration) *int32 { return sdk.Int32(int32(d / time.Second)) }

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
