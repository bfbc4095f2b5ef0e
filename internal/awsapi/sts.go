package awsapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"awsvault/internal/aws"
)

// STS calls STS with the SDK's client. It uses the HTTP client, the limits, the retry policy
// and the errors of this package. It does not read the SDK's own configuration, which would
// read files and variables a second time, and differently.
//
// Sessions from STS expire at a fixed time. If the clock is wrong, other programs would reject
// them or use them for too long. So the clock is not corrected for these calls; the error says
// how wrong it is.
type STS struct {
	client *sts.Client
	api    *Client
	http   *http.Client
	host   string
	// corrects makes signatures use AWS's time.
	corrects bool
}

// STS makes a client for the service at that address. Credentials may be empty for calls that
// are not signed.
func (c *Client) STS(address, region string, credentials aws.Credentials) (*STS, error) {
	client, err := c.HTTP()
	if err != nil {
		return nil, err
	}
	s := &STS{api: c, http: client, host: hostOf(address)}
	s.client = sts.New(sts.Options{
		Region:       region,
		BaseEndpoint: sdk.String(address),
		HTTPClient:   s,
		Credentials: sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
			return sdk.Credentials{AccessKeyID: credentials.AccessKeyID, SecretAccessKey: credentials.SecretAccessKey, SessionToken: credentials.SessionToken}, nil
		}),
		HTTPSignerV4: s,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = mostAttempts
			o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) { return pause(attempt), nil })
			o.Retryables = []retry.IsErrorRetryable{retry.IsErrorRetryableFunc(s.repeats)}
		}),
		DisableClockSkewCorrection: true, // type clock does that
	})
	return s, nil
}

// Identity asks AWS who owns the credentials, with GetCallerIdentity, which needs no
// permission.
func (c *Client) Identity(ctx context.Context, address, region string, credentials aws.Credentials) (arn, account string, err error) {
	s, err := c.STS(address, region, credentials)
	if err != nil {
		return "", "", err
	}
	s.corrects = true
	defer c.waiting(s.host)()
	bounded, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := s.client.GetCallerIdentity(bounded, nil)
	if err != nil {
		return "", "", s.explain(ctx, "GetCallerIdentity", err)
	}
	c.clock.warn(c.Warn)
	arn, account = sdk.ToString(out.Arn), sdk.ToString(out.Account)
	if _, ok := aws.ParseARN(arn); !ok || !aws.IsAccount(account) {
		return "", "", &Error{Op: "GetCallerIdentity", Host: s.host, Status: http.StatusOK, Reason: "the answer has no identity in it"}
	}
	return arn, account, nil
}

// AssumeRole gets a session of a role.
func (s *STS) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput) (aws.Credentials, error) {
	return s.session(ctx, "AssumeRole", func(ctx context.Context) (*types.Credentials, error) {
		out, err := s.client.AssumeRole(ctx, in)
		if err != nil {
			return nil, err
		}
		//lint:ignore SA1019 its successor counts the whole token, and not the policies and tags
		s.packed(out.PackedPolicySize)
		return out.Credentials, nil
	})
}

// AssumeRoleWithWebIdentity gets a session of a role for the token of an identity provider.
// The call is not signed.
func (s *STS) AssumeRoleWithWebIdentity(ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput) (aws.Credentials, error) {
	return s.session(ctx, "AssumeRoleWithWebIdentity", func(ctx context.Context) (*types.Credentials, error) {
		out, err := s.client.AssumeRoleWithWebIdentity(ctx, in)
		if err != nil {
			return nil, err
		}
		//lint:ignore SA1019 its successor counts the whole token, and not the policies and tags
		s.packed(out.PackedPolicySize)
		return out.Credentials, nil
	})
}

// GetSessionToken gets a session of a user.
func (s *STS) GetSessionToken(ctx context.Context, in *sts.GetSessionTokenInput) (aws.Credentials, error) {
	return s.session(ctx, "GetSessionToken", func(ctx context.Context) (*types.Credentials, error) {
		out, err := s.client.GetSessionToken(ctx, in)
		if err != nil {
			return nil, err
		}
		return out.Credentials, nil
	})
}

// GetFederationToken gets a session of a user, narrowed by a policy.
func (s *STS) GetFederationToken(ctx context.Context, in *sts.GetFederationTokenInput) (aws.Credentials, error) {
	return s.session(ctx, "GetFederationToken", func(ctx context.Context) (*types.Credentials, error) {
		out, err := s.client.GetFederationToken(ctx, in)
		if err != nil {
			return nil, err
		}
		//lint:ignore SA1019 its successor counts the whole token, and not the policies and tags
		s.packed(out.PackedPolicySize)
		return out.Credentials, nil
	})
}

// nearlyFull is how much of AWS's space for a session's policies and tags may be used without
// a warning, in percent.
const nearlyFull = 80

// packed warns if a session's policies and tags use nearly all of that space.
func (s *STS) packed(percent *int32) {
	if n := sdk.ToInt32(percent); n >= nearlyFull && s.api.Warn != nil {
		s.api.Warn(fmt.Errorf("the session's policies and tags take %d%% of the space that AWS has for them", n))
	}
}

// session makes a call that returns credentials, and checks them.
func (s *STS) session(ctx context.Context, op string, call func(context.Context) (*types.Credentials, error)) (aws.Credentials, error) {
	defer s.api.waiting(s.host)()
	bounded, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	got, err := call(bounded)
	if err != nil {
		return aws.Credentials{}, s.explain(ctx, op, err)
	}
	s.api.clock.warn(s.api.Warn)
	if got == nil {
		got = &types.Credentials{}
	}
	c := aws.Credentials{
		AccessKeyID: sdk.ToString(got.AccessKeyId), SecretAccessKey: sdk.ToString(got.SecretAccessKey),
		SessionToken: sdk.ToString(got.SessionToken), Expires: sdk.ToTime(got.Expiration).UTC(),
	}
	if !Session(c) {
		return aws.Credentials{}, &Error{Op: op, Host: s.host, Status: http.StatusOK, Reason: NoCredentials}
	}
	return c, nil
}

// NoCredentials is the message about an answer without usable credentials.
const NoCredentials = "the answer has no credentials in it"

// explain turns the SDK's nested error into one error.
func (s *STS) explain(ctx context.Context, op string, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled
	}
	return s.failed(op, err)
}

// unknown is the SDK's code for an answer that it cannot read.
const unknown = "UnknownError"

func (s *STS) failed(op string, err error) *Error {
	status, id := 0, ""
	if resp := (*awshttp.ResponseError)(nil); errors.As(err, &resp) {
		status, id = resp.HTTPStatusCode(), resp.ServiceRequestID()
	}
	if api := smithy.APIError(nil); errors.As(err, &api) && api.ErrorCode() != unknown {
		e := &Error{
			Op: op, Host: s.host, Status: status, RequestID: oneLine(id, longestCode), Err: err,
			Code: oneLine(api.ErrorCode(), longestCode), Message: oneLine(api.ErrorMessage(), longestMessage),
		}
		e.advise()
		e.Skew = s.api.clock.fault(e)
		return e
	}
	e := unanswered(op, s.host, err)
	if status != 0 { // the body cannot be read
		e = NotAWS(op, s.host, status)
	}
	e.Err = err
	return e
}

// repeats is the retry policy, in the SDK's form.
func (s *STS) repeats(err error) sdk.Ternary {
	if errors.Is(err, context.Canceled) {
		return sdk.FalseTernary
	}
	e := s.failed("", err)
	return sdk.BoolTernary(repeatable(e, false) || s.corrects && s.api.clock.correct(e))
}

// SignHTTP implements the SDK's interface. It signs with the client's clock.
func (s *STS) SignHTTP(ctx context.Context, c sdk.Credentials, r *http.Request, hash, service, region string, _ time.Time, opts ...func(*v4.SignerOptions)) error {
	return v4.NewSigner().SignHTTP(ctx, c, r, hash, service, region, s.api.clock.time(s.api.Now), opts...)
}

// Do implements the SDK's interface. It limits the answers, and compares the clocks.
//
// The SDK closes the body of a request once the answer begins, when net/http may still be
// looking for its end. That would break the connection, and the call would be made twice. So
// Do sends a copy.
func (s *STS) Do(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		var err error
		if sent, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	own := req.Clone(req.Context())
	own.Body, own.ContentLength = io.NopCloser(bytes.NewReader(sent)), int64(len(sent))
	began := s.api.Now()
	resp, err := s.http.Do(own)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusProxyAuthRequired {
		return nil, answerOfProxy(s.http, req)
	}
	if req.Header.Get("X-Amz-Date") != "" { // signed
		s.api.clock.observe(resp.Header, began)
	}
	body, err := io.ReadAll(bounded(resp.Body, Small))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
