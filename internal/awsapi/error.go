package awsapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"awsvault/internal/line"
)

// Error is a failed call: AWS's answer, or the reason why there is none.
type Error struct {
	Op        string // AWS's name of the operation
	Host      string // the host of the call
	Status    int    // the HTTP status; 0: no answer
	Code      string // AWS's code; empty: none
	Message   string // AWS's message on one line
	RequestID string
	// Reason says why there is no answer from AWS, if there is none.
	Reason string
	// Unreachable means that there was no connection to AWS, so AWS did not carry out the
	// call: no such host, refused, no TLS, or a proxy that refused.
	Unreachable bool
	// Skew is AWS's time minus ours, if AWS refused the call because of it.
	Skew time.Duration
	// Advice is a hint; empty: none. A caller that knows more replaces it.
	Advice string
	Err    error // the cause, if any

	cut     bool // the connection ended without an answer
	tooLong bool
}

// Error returns one line. Without an answer it names the host, otherwise the operation.
func (e *Error) Error() string {
	if e.Reason != "" && e.Status == 0 {
		return e.Reason
	}
	return e.Op + ": " + e.Said()
}

// Said returns the error without the operation.
func (e *Error) Said() string {
	text := e.Code
	switch {
	case e.Reason != "":
		return e.Reason
	case text == "":
		text = fmt.Sprintf("HTTP %d", e.Status)
	}
	if e.Skew != 0 {
		text = (&ClockError{e.Skew}).Error() + ": " + text
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.RequestID != "" {
		text += " (request id " + e.RequestID + ")"
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint says what to do about the error; empty: no hint.
func (e *Error) Hint() string { return e.Advice }

// AWSCode returns AWS's code, for aws.Code.
func (e *Error) AWSCode() string { return e.Code }

// Lost reports whether AWS may have carried out the call despite the error: AWS was reached,
// and did not say that it did nothing.
func (e *Error) Lost() bool {
	return !e.Unreachable && !e.Throttled() && (e.Code == "" || e.Status >= 500)
}

// Is reports whether err is a refusal by AWS with one of these codes.
func Is(err error, codes ...string) bool {
	e := (*Error)(nil)
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if e.Code == code {
			return true
		}
	}
	return false
}

// between is the advice for an answer that does not come from AWS.
const between = "a proxy, or a network's sign-in page, may have answered instead of AWS"

// NotAWS returns the error for an answer that cannot come from AWS. It does not show the
// answer's text.
func NotAWS(op, host string, status int) *Error {
	reason := "the answer of " + host + " is not AWS's"
	if status != http.StatusOK {
		reason += fmt.Sprintf(" (HTTP %d)", status)
	}
	return &Error{Op: op, Host: host, Status: status, Reason: reason, Advice: between}
}

// refusal reads an error response.
func refusal(call Call, resp *http.Response, body []byte) *Error {
	refused := call.Refused
	if refused == nil {
		refused = jsonRefusal
	}
	host := resp.Request.URL.Host
	code, message := refused(resp.Header, body)
	e := &Error{Op: call.Op, Host: host, Status: resp.StatusCode, RequestID: oneLine(resp.Header.Get("X-Amzn-Requestid"), longestCode)}
	e.Code, e.Message = oneLine(code, longestCode), oneLine(message, longestMessage)
	if e.Code == "" && e.Message == "" {
		return NotAWS(call.Op, host, resp.StatusCode)
	}
	e.advise()
	return e
}

// advise adds a hint about the usual cause, if AWS gives none.
func (e *Error) advise() {
	switch {
	case e.Status < 400:
		e.Advice = between
	case e.Throttled():
		e.Advice = "AWS is limiting these calls: try again later"
	case e.Status >= 500:
		e.Advice = "AWS may have an outage: health.aws.amazon.com"
	}
}

// jsonRefusal reads an error from a service that answers in JSON: OAuth's form (RFC 6749,
// 5.2), or AWS's own, whose code may be in a header or in the body.
func jsonRefusal(h http.Header, body []byte) (code, message string) {
	var doc struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Message     string `json:"message"`
		Reason      string `json:"reason"`
	}
	if json.Unmarshal(body, &doc) != nil {
		return "", ""
	}
	if code = doc.Error; code == "" {
		code, _, _ = strings.Cut(h.Get("X-Amzn-Errortype"), ":")
	}
	if message = doc.Description; message == "" {
		message = doc.Message
	}
	if doc.Reason != "" {
		message = strings.TrimSpace(message + " (" + doc.Reason + ")")
	}
	return code, message
}

// unanswered returns the error for a call without an answer. host is the host that was called.
func unanswered(op, host string, err error) *Error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err // it repeats the address
	}
	e := &Error{Op: op, Host: host, Err: err}
	e.Reason, e.Advice = diagnose(err, host)
	e.cut = cut(err)
	e.tooLong = errors.Is(err, errTooLong)
	e.Unreachable = unreachable(err)
	return e
}

// theProxy is the advice for a problem with a proxy.
const theProxy = "the proxy is set by HTTPS_PROXY, HTTP_PROXY and NO_PROXY"

// diagnose says in a few words why there was no answer from who, and what to do about it.
func diagnose(err error, who string) (reason, advice string) {
	op, refused := (*net.OpError)(nil), (*proxyError)(nil)
	if errors.As(err, &refused) {
		return refused.reason(who), refused.advice()
	}
	if errors.As(err, &op) && op.Op == "proxyconnect" {
		who, advice = "the proxy", theProxy
		if dial := (*net.OpError)(nil); errors.As(op.Err, &dial) && dial.Addr != nil {
			who = "the proxy " + dial.Addr.String()
		}
	}
	dns := (*net.DNSError)(nil)
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errTooLong):
		return "the answer of " + who + " is " + innermost(err).Error(), between
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("there is no host %q", dns.Name), advice
	case errors.As(err, &dns):
		return fmt.Sprintf("the host %q cannot be looked up", dns.Name), advice
	case cut(err):
		return who + " ended the connection without an answer", advice
	case errors.Is(err, syscall.ECONNREFUSED):
		return who + " refused the connection", advice
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer from " + who + " in time", advice
	case untrusted(err):
		return "the certificate of " + who + " is not trusted: " + certificateFault(err),
			"if a proxy signs the connections here, name its certificate with AWS_CA_BUNDLE"
	}
	return oneLine(innermost(err).Error(), longestMessage), advice
}

// cut reports whether a connection ended before the answer was complete.
func cut(err error) bool {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, net.ErrClosed} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

// unreachable reports whether there was no connection.
func unreachable(err error) bool {
	op, refused := (*net.OpError)(nil), (*proxyError)(nil)
	dialled := errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
	return dialled || errors.As(err, &refused) || untrusted(err) || errors.Is(err, http.ErrSchemeMismatch)
}

// untrusted reports whether a certificate was not accepted.
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
		return "issued for another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "expired, or not yet valid"
	}
	return oneLine(innermost(err).Error(), longestMessage)
}

// innermost returns the innermost cause: each layer of the SDK and of net/http repeats the
// URL.
func innermost(err error) error {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err
}

// These are the limits for text from a server, in columns.
const (
	longestCode    = 100
	longestMessage = 400
)

// oneLine removes control characters from a server's text, and shortens it.
func oneLine(s string, most int) string { return line.CutEnd(line.Printable(s), most) }
