package source

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"awsvault/internal/aws"
	"awsvault/internal/resolve"
)

// attempts bounds the SDK's retries, and backoff the time between them: a person is waiting.
const attempts = 4

func backoff(attempt int, _ error) (time.Duration, error) {
	d := 100 * time.Millisecond << min(attempt, attempts) // attempt counts from 1
	return d/2 + rand.N(d/2), nil
}

// caller makes one call.
type caller struct {
	client *sts.Client
	clock  *clockWatch
}

// newCaller makes a client of STS from nothing but its arguments: the SDK's own
// configuration would read files and variables a second time, and differently.
func newCaller(client *http.Client, now func() time.Time, e resolve.Endpoint, c aws.Credentials) caller {
	clock := &clockWatch{client: client}
	return caller{clock: clock, client: sts.New(sts.Options{
		Region:       e.Region,
		BaseEndpoint: sdk.String(e.URL),
		HTTPClient:   clock,
		Credentials: sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
			return sdk.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}, nil
		}),
		HTTPSignerV4: signer{v4.NewSigner(), now},
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.Backoff = attempts, retry.BackoffDelayerFunc(backoff)
			o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(hopeless)}, o.Retryables...)
		}),
		// The SDK would sign again with AWS's time. The credentials would then be of
		// no use to tools that do not, and every expiry would be judged wrongly: it
		// is better to say that the clock is wrong.
		DisableClockSkewCorrection: true,
	})}
}

// hopeless says no to another attempt where no connection came about: a name
// that does not resolve, a refused connection, a certificate that is not trusted
// and a server without TLS will not be better in a second.
func hopeless(err error) sdk.Ternary {
	var op *net.OpError
	unreached := errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
	if unreached || untrusted(err) || errors.Is(err, http.ErrSchemeMismatch) {
		return sdk.FalseTernary
	}
	return sdk.UnknownTernary
}

// signer signs with the clock that the run was given.
type signer struct {
	v4  *v4.Signer
	now func() time.Time
}

// SignHTTP is the SDK's interface.
func (s signer) SignHTTP(ctx context.Context, c sdk.Credentials, r *http.Request, hash, service, region string, _ time.Time, opts ...func(*v4.SignerOptions)) error {
	return s.v4.SignHTTP(ctx, c, r, hash, service, region, s.now(), opts...)
}

// clockWatch compares the time at which a request was signed with the time of
// the answer.
type clockWatch struct {
	client *http.Client
	skew   time.Duration // AWS's time minus ours
}

// Do is the SDK's interface.
func (w *clockWatch) Do(req *http.Request) (*http.Response, error) {
	resp, err := w.client.Do(req)
	if err != nil {
		return resp, err
	}
	signed, err1 := time.Parse(amzDate, req.Header.Get("X-Amz-Date"))
	date, err2 := http.ParseTime(resp.Header.Get("Date"))
	if err1 == nil && err2 == nil && resp.Header.Get("Age") == "" {
		w.skew = date.Sub(signed)
	}
	return resp, nil
}

const amzDate = "20060102T150405Z"
