package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"awsvault/internal/line"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// tolerance is by how much the clock may be wrong before it is worth a word.
// STS itself refuses at 15 minutes.
const tolerance = 5 * time.Minute

// AWSError is a refusal by AWS, in AWS's own words.
type AWSError struct {
	resolve.Call
	Code      string
	Message   string
	RequestID string
	Skew      time.Duration // AWS's time minus ours, if that is why it refused
	hint      string
}

// Error is one line: the call, AWS's code and text, the request id.
func (e *AWSError) Error() string {
	text := e.Call.String() + ": "
	if e.Skew != 0 {
		text += (&ClockError{e.Skew}).Error() + ": "
	}
	text += e.Code
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.RequestID != "" {
		text += " (request id " + e.RequestID + ")"
	}
	return text
}

// Hint says what is usually behind it.
func (e *AWSError) Hint() string { return e.hint }

// Is tells which refusals lead to another try.
func (e *AWSError) Is(target error) bool {
	switch target {
	case vault.ErrCodeRefused:
		// The other text that begins so is for a device that is not the user's.
		return strings.HasPrefix(e.Message, "MultiFactorAuthentication failed with invalid MFA one time pass code")
	case vault.ErrSourceRefused:
		return e.Code == "ExpiredToken" || e.Code == "InvalidClientTokenId"
	}
	return false
}

// ClockError is a clock that differs from AWS's.
type ClockError struct{ Skew time.Duration } // AWS's time minus ours

// Error says by how much, and which way.
func (e *ClockError) Error() string {
	way := "behind"
	if e.Skew < 0 {
		way = "ahead of"
	}
	return fmt.Sprintf("the clock of this computer is %s %s AWS's", resolve.Brief(e.Skew.Abs().Round(time.Second)), way)
}

// Hint says what to do about it.
func (e *ClockError) Hint() string { return "set the clock, or switch on its synchronisation" }

// NetworkError is a call to which AWS did not answer.
type NetworkError struct {
	resolve.Call // zero if the error that wraps it names the call
	Msg          string
	Err          error
	hint         string
}

// Error is one line: the call, and what became of it.
func (e *NetworkError) Error() string {
	if e.Op == "" {
		return e.Msg
	}
	return e.Call.String() + ": " + e.Msg
}

// Unwrap gives the cause.
func (e *NetworkError) Unwrap() error { return e.Err }

// Hint says what to do about it, or nothing.
func (e *NetworkError) Hint() string { return e.hint }

// explain makes one line of what the SDK says on five levels.
func explain(err error, r vault.Request, skew time.Duration) error {
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		e := &AWSError{Call: r.Call, Code: api.ErrorCode(), Message: line.Printable(api.ErrorMessage())}
		if resp := (*awshttp.ResponseError)(nil); errors.As(err, &resp) {
			e.RequestID = resp.ServiceRequestID()
		}
		e.Skew = clockFault(e, skew)
		e.hint = e.advice(r.Step)
		return e
	}
	msg, hint := diagnose(err, r.Endpoint.URL)
	return &NetworkError{Call: r.Call, Msg: msg, Err: err, hint: hint}
}

// clockFault is the difference between the clocks if AWS refused because of it.
// AWS's text has both times in it, which is surer than the Date of the answer.
func clockFault(e *AWSError, skew time.Duration) time.Duration {
	if strings.HasPrefix(e.Message, "Signature expired") || strings.HasPrefix(e.Message, "Signature not yet current") {
		var times []time.Time
		for _, word := range strings.Fields(e.Message) {
			if t, err := time.Parse(amzDate, strings.Trim(word, "().")); err == nil {
				times = append(times, t)
			}
		}
		if len(times) > 1 {
			return times[len(times)-1].Sub(times[0])
		}
		return skew
	}
	if e.Code == "SignatureDoesNotMatch" && skew.Abs() > tolerance {
		return skew
	}
	return 0
}

// advice is the hint for a refusal.
func (e *AWSError) advice(s resolve.Step) string {
	switch {
	case e.Skew != 0:
		return (&ClockError{}).Hint()
	case strings.HasPrefix(e.Message, "MultiFactorAuthentication failed, unable to validate"):
		return "mfa_serial must be the ARN of a device of the user whose keys these are: " + s.MFASerial
	case strings.Contains(e.Message, "1 hour session limit"), strings.Contains(e.Message, "MaxSessionDuration"):
		return "the role allows less: ask for a shorter --duration, or raise the role's maximum session duration"
	case e.Code == "AccessDenied" && e.Op == resolve.AssumeRole.String():
		return e.denied(s)
	case e.Code == "AccessDenied" && e.Op == resolve.GetFederationToken.String():
		return "a user needs the permission sts:GetFederationToken for a console; a role needs none"
	case e.Code == "InvalidClientTokenId":
		return "AWS does not know these keys: they may be deleted, inactive, or of another partition"
	case strings.HasPrefix(e.Message, "Credential should be scoped to a valid region"):
		return fmt.Sprintf("the account is not in the partition of region %s: choose another region", s.Endpoint.Region)
	case e.Code == "SignatureDoesNotMatch":
		return "the stored secret key does not belong to its access key id"
	case e.Code == "ExpiredToken":
		return "get new sessions with --fresh"
	case e.Code == "ExpiredTokenException":
		return "the token of the web identity has expired: the program that writes it must write a new one"
	case e.Code == "InvalidIdentityToken", e.Code == "IDPRejectedClaim":
		return "the account must have the token's issuer as an identity provider, and its audience as a client id"
	case e.Op == resolve.WebIdentity.String() && e.Code == "AccessDenied":
		return "the role may not exist, or its trust policy may not fit the token's subject and audience"
	case e.Code == "RegionDisabledException":
		return fmt.Sprintf("STS is switched off in %s for this account: choose another region", s.Endpoint.Region)
	}
	return ""
}

// denied lists what AWS leaves open when it refuses a role.
func (e *AWSError) denied(s resolve.Step) string {
	if strings.Contains(e.Message, "sts:TagSession") {
		return "the role's trust policy must allow sts:TagSession"
	}
	if strings.Contains(e.Message, "sts:SetSourceIdentity") {
		return "the role's trust policy must allow sts:SetSourceIdentity"
	}
	causes := []string{"the role may not exist", "may not trust you"}
	if e.Step == 2 && s.MFASerial == "" {
		causes = append(causes, "may want MFA (mfa_serial)")
	}
	if s.ExternalID == "" {
		causes = append(causes, "may want an external_id")
	}
	return strings.Join(causes, ", or ")
}

// Diagnose tells why no answer came to a call by net/http, in a few words.
func Diagnose(err error) (msg, hint string) {
	address := ""
	if u := (*url.Error)(nil); errors.As(err, &u) {
		address = u.URL
	}
	return diagnose(err, address)
}

// diagnose tells why no answer came.
func diagnose(err error, endpoint string) (msg, hint string) {
	who := endpoint
	if u, perr := url.Parse(endpoint); perr == nil {
		who = u.Host
	}
	op := (*net.OpError)(nil)
	if errors.As(err, &op) && op.Op == "proxyconnect" {
		who, hint = "the proxy", "the proxy is set by HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
		if dial := (*net.OpError)(nil); errors.As(op.Err, &dial) && dial.Addr != nil {
			who = "the proxy " + dial.Addr.String()
		}
	}
	dns, response := (*net.DNSError)(nil), (*awshttp.ResponseError)(nil)
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("there is no host %q", dns.Name), hint
	case errors.As(err, &dns):
		return fmt.Sprintf("the host %q cannot be looked up", dns.Name), hint
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return who + " ended the connection without an answer", hint
	case errors.Is(err, syscall.ECONNREFUSED):
		return who + " refused the connection", hint
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer from " + who + " in time", hint
	case untrusted(err):
		return "the certificate of " + who + " is not trusted: " + certificateFault(err),
			"if a proxy signs the connections here, name its certificate with AWS_CA_BUNDLE"
	case errors.As(err, &response) && response.HTTPStatusCode() != 0:
		return fmt.Sprintf("the answer of %s is not AWS's (HTTP %d)", who, response.HTTPStatusCode()), hint
	}
	return line.Printable(innermost(err).Error()), hint
}

// untrusted says that a certificate was not accepted.
func untrusted(err error) bool {
	verification := (*tls.CertificateVerificationError)(nil)
	return errors.As(err, &verification)
}

func certificateFault(err error) string {
	authority, host, invalid := x509.UnknownAuthorityError{}, x509.HostnameError{}, x509.CertificateInvalidError{}
	switch {
	case errors.As(err, &authority):
		return "signed by an unknown authority"
	case errors.As(err, &host):
		return "made out to another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "expired, or not yet valid"
	}
	return line.Printable(innermost(err).Error())
}

// innermost unwraps to the cause: each layer of the SDK and of net/http repeats the URL.
func innermost(err error) error {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err
}
