package source

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"awsvault/internal/aws"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// callTimeout bounds a call with its retries.
const callTimeout = 30 * time.Second

// stsSource gets sessions from STS.
type stsSource struct {
	clients *clients
	session *vault.Session
	once    *sync.Once // a clock that is wrong is told once
}

// Credentials makes the call of the step.
func (s stsSource) Credentials(ctx context.Context, r vault.Request) (aws.Credentials, error) {
	var c aws.Credentials
	err := s.call(ctx, r, func(ctx context.Context, client *sts.Client) (err error) {
		switch r.Kind {
		case resolve.GetSessionToken:
			c, err = getSessionToken(ctx, client, r)
		case resolve.GetFederationToken:
			c, err = getFederationToken(ctx, client, r)
		case resolve.AssumeRole:
			c, err = assumeRole(ctx, client, r)
		default:
			err = fmt.Errorf("STS has no call for %s", r.Kind)
		}
		return err
	})
	return c, err
}

// call bounds a call and explains its error.
func (s stsSource) call(ctx context.Context, r vault.Request, do func(context.Context, *sts.Client) error) error {
	client, err := s.clients.client(r.CABundle)
	if err != nil {
		return err
	}
	api := newCaller(client, s.session.Now, r.Endpoint, r.From)
	bounded, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := do(bounded, api.client); err != nil {
		return explain(err, r, api.clock.skew)
	}
	if skew := api.clock.skew; skew.Abs() > tolerance {
		s.once.Do(func() { s.session.Warn(&ClockError{skew}) })
	}
	return nil
}

// identity is GetCallerIdentity.
func (s stsSource) identity(ctx context.Context, r vault.Request) (arn, account string, err error) {
	err = s.call(ctx, r, func(ctx context.Context, client *sts.Client) error {
		out, err := client.GetCallerIdentity(ctx, nil)
		if err == nil {
			arn, account = sdk.ToString(out.Arn), sdk.ToString(out.Account)
		}
		return err
	})
	return arn, account, err
}

func assumeRole(ctx context.Context, client *sts.Client, r vault.Request) (aws.Credentials, error) {
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
	out, err := client.AssumeRole(ctx, in)
	if err != nil {
		return aws.Credentials{}, err
	}
	return session(out.Credentials)
}

func getSessionToken(ctx context.Context, client *sts.Client, r vault.Request) (aws.Credentials, error) {
	out, err := client.GetSessionToken(ctx, &sts.GetSessionTokenInput{
		DurationSeconds: seconds(r.Duration), SerialNumber: optional(r.MFASerial), TokenCode: optional(r.Code),
	})
	if err != nil {
		return aws.Credentials{}, err
	}
	return session(out.Credentials)
}

// allowAll is the session policy of a federated user, who without one may do
// nothing. It allows nothing that the user behind it may not do.
const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func getFederationToken(ctx context.Context, client *sts.Client, r vault.Request) (aws.Credentials, error) {
	out, err := client.GetFederationToken(ctx, &sts.GetFederationTokenInput{
		Name: sdk.String(r.SessionName), Policy: sdk.String(allowAll), DurationSeconds: seconds(r.Duration),
	})
	if err != nil {
		return aws.Credentials{}, err
	}
	return session(out.Credentials)
}

// session takes the credentials out of an answer.
func session(c *types.Credentials) (aws.Credentials, error) {
	if c == nil || c.AccessKeyId == nil || c.SecretAccessKey == nil || c.SessionToken == nil || c.Expiration == nil {
		return aws.Credentials{}, errors.New("the answer has no credentials in it")
	}
	return aws.Credentials{
		AccessKeyID:     *c.AccessKeyId,
		SecretAccessKey: *c.SecretAccessKey,
		SessionToken:    *c.SessionToken,
		Expires:         c.Expiration.UTC(),
	}, nil
}

func seconds(d time.Duration) *int32 { return sdk.Int32(int32(d / time.Second)) }

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
