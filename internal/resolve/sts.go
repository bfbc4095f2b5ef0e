package resolve

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	smithyauth "github.com/aws/smithy-go/auth"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// attempts bounds the SDK's retries, and backoff the time between them: somebody is waiting.
const attempts = 4

func backoff(attempt int, _ error) (time.Duration, error) {
	d := 100 * time.Millisecond << min(attempt, attempts) // attempt counts from 1
	return d/2 + rand.N(d/2), nil
}

// caller makes the calls of one step.
type caller struct {
	client *sts.Client
	clock  *clockWatch
}

// newCaller makes a client of STS from nothing but its arguments: the SDK's own
// configuration would read files and variables a second time, and differently.
func newCaller(client *http.Client, now func() time.Time, e Endpoint, c Credentials) caller {
	clock := &clockWatch{client: client}
	return caller{clock: clock, client: sts.New(sts.Options{
		Region:       e.Region,
		BaseEndpoint: aws.String(e.URL),
		HTTPClient:   clock,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}, nil
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
func hopeless(err error) aws.Ternary {
	var op *net.OpError
	unreached := errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
	if unreached || untrusted(err) || errors.Is(err, http.ErrSchemeMismatch) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}

// signer signs with the clock that the run was given.
type signer struct {
	v4  *v4.Signer
	now func() time.Time
}

// SignHTTP is the SDK's interface.
func (s signer) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, opts ...func(*v4.SignerOptions)) error {
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

// stsService is STS for the question of endpoints.
func stsService() service {
	return service{id: "STS", resolve: func(r endpointRule) (Endpoint, error) {
		// The rules need no context: they are a table.
		e, err := sts.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), sts.EndpointParameters{
			Region:            aws.String(r.region),
			UseFIPS:           aws.Bool(r.fips),
			UseDualStack:      aws.Bool(r.dualStack),
			UseGlobalEndpoint: aws.Bool(r.global),
		})
		if err != nil {
			return Endpoint{}, err
		}
		region := r.region
		if options, ok := smithyauth.GetAuthOptions(&e.Properties); ok && len(options) > 0 {
			if signing, ok := smithyhttp.GetSigV4SigningRegion(&options[0].SignerProperties); ok {
				region = signing
			}
		}
		return Endpoint{URL: e.URI.String(), Region: region}, nil
	}}
}

// session takes the credentials out of an answer.
func session(c *types.Credentials) (Credentials, error) {
	if c == nil || c.AccessKeyId == nil || c.SecretAccessKey == nil || c.SessionToken == nil || c.Expiration == nil {
		return Credentials{}, errors.New("the answer has no credentials in it")
	}
	return Credentials{
		AccessKeyID:     *c.AccessKeyId,
		SecretAccessKey: *c.SecretAccessKey,
		SessionToken:    *c.SessionToken,
		Expires:         c.Expiration.UTC(),
	}, nil
}

func seconds(d time.Duration) *int32 { return aws.Int32(int32(d / time.Second)) }
