package awsfake_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"awsvault/tests/awsfake"
)

const (
	account = "111122223333"
	other   = "444455556666"
)

// world is the fake that most tests need. Its clock is stopped.
type world struct {
	*awsfake.Server
	t    *testing.T
	jon  *awsfake.User
	keys creds
	mfa  *awsfake.Device
}

type creds struct{ id, secret, token string }

func newWorld(t *testing.T, o awsfake.Options) *world {
	t.Helper()
	if o.Clock == nil {
		o.Clock = awsfake.ClockAt(time.Date(2026, 3, 1, 12, 0, 7, 500, time.UTC))
	}
	s := awsfake.Start(t, o)
	jon := s.Account(account).AddUser("/team/jon")
	key := jon.AddKey()
	return &world{Server: s, t: t, jon: jon, keys: creds{key.ID, key.Secret, ""}, mfa: jon.AddMFA("jon")}
}

// role creates a role in jon's account. It trusts jon if the trust names no principal.
func (w *world) role(r awsfake.Role) string {
	if r.Trust.Principals == nil {
		r.Trust.Principals = []string{w.jon.ARN()}
	}
	return w.Account(account).AddRole(r)
}

// clockSigner signs with the time of the fake's clock, so that tests can move the time.
type clockSigner struct {
	*signer.Signer
	clock *awsfake.Clock
}

func (c clockSigner) SignHTTP(ctx context.Context, creds aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, opts ...func(*signer.SignerOptions)) error {
	return c.Signer.SignHTTP(ctx, creds, r, hash, service, region, c.clock.Now(), opts...)
}

func (c creds) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: c.id, SecretAccessKey: c.secret, SessionToken: c.token}, nil
}

func (w *world) sts(c creds) *sts.Client {
	return sts.New(sts.Options{
		Region: "eu-west-1", BaseEndpoint: &w.URL, Credentials: c, Retryer: aws.NopRetryer{},
		HTTPSignerV4: clockSigner{signer.NewSigner(), w.Clock},
	})
}

func (w *world) iam(c creds) *iam.Client {
	return iam.New(iam.Options{
		Region: "us-east-1", BaseEndpoint: &w.URL, Credentials: c, Retryer: aws.NopRetryer{},
		HTTPSignerV4: clockSigner{signer.NewSigner(), w.Clock},
	})
}

// refusal is an error in the form that the client received.
type refusal struct {
	Status        int
	Code, Message string
}

func refused(t *testing.T, err error) refusal {
	t.Helper()
	var api smithy.APIError
	var response *awshttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) {
		t.Fatalf("got error %v, want one of AWS", err)
	}
	if response.ServiceRequestID() == "" {
		t.Errorf("error %v has no request id", err)
	}
	return refusal{response.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage()}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got %+v, want %+v:\n%s", got, want, diff)
	}
}

func of(c *types.Credentials) creds {
	return creds{*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken}
}

// session gets a session for jon, with an MFA code if wanted.
func (w *world) session(withMFA bool) creds {
	w.t.Helper()
	in := &sts.GetSessionTokenInput{}
	if withMFA {
		in.SerialNumber, in.TokenCode = &w.mfa.Serial, aws.String(w.mfa.NextCode())
	}
	return of(must[*sts.GetSessionTokenOutput](w.t)(w.sts(w.keys).GetSessionToken(w.t.Context(), in)).Credentials)
}

// assume assumes a role, which must admit the caller.
func (w *world) assume(c creds, arn string) creds {
	w.t.Helper()
	out := must[*sts.AssumeRoleOutput](w.t)(w.sts(c).AssumeRole(w.t.Context(), &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("s1")}))
	return of(out.Credentials)
}

func (w *world) federation() creds {
	w.t.Helper()
	out := must[*sts.GetFederationTokenOutput](w.t)(w.sts(w.keys).GetFederationToken(w.t.Context(), &sts.GetFederationTokenInput{Name: aws.String("guest")}))
	return of(out.Credentials)
}

// whoami returns the ARN of the credentials' owner.
func (w *world) whoami(c creds) string {
	w.t.Helper()
	return *must[*sts.GetCallerIdentityOutput](w.t)(w.sts(c).GetCallerIdentity(w.t.Context(), nil)).Arn
}

func denied(who, action, resource string) refusal {
	return refusal{403, "AccessDenied", "User: " + who + " is not authorized to perform: " + action + " on resource: " + resource}
}

var invalidToken = refusal{403, "InvalidClientTokenId", "The security token included in the request is invalid."}
