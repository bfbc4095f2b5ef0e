package awsfake

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	signingAlgorithm = "AWS4-HMAC-SHA256"
	signingTerm      = "aws4_request"
	signingTime      = "20060102T150405Z"
	skewAllowed      = 15 * time.Minute // either way; STS keeps to it for presigned requests too, whatever X-Amz-Expires says
)

// signature is a request's signature by AWS Signature Version 4, with its claims. It comes from
// the Authorization header, or from the query string of a presigned request.
type signature struct {
	keyID, date, region, service, term string // the credential scope
	headers                            []string
	value                              string // hex
	at                                 time.Time
	token                              string // of the session
}

// parseSignature reads a signature, and refuses one that is incomplete.
func parseSignature(r *http.Request) (*signature, *Error) {
	parts, token, err := signatureParts(r)
	if err != nil {
		return nil, err
	}
	scope := strings.Split(parts["Credential"], "/")
	if len(scope) != 5 {
		return nil, incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", parts["Credential"])
	}
	at, err := signedAt(r, parts["Date"])
	if err != nil {
		return nil, err
	}
	return &signature{
		keyID: scope[0], date: scope[1], region: scope[2], service: scope[3], term: scope[4],
		headers: strings.Split(strings.ToLower(parts["SignedHeaders"]), ";"),
		value:   parts["Signature"], at: at, token: token,
	}, nil
}

func incomplete(format string, args ...any) *Error {
	return refuse(400, "IncompleteSignature", format, args...)
}

func mismatch(format string, args ...any) *Error {
	return refuse(403, "SignatureDoesNotMatch", format, args...)
}

// signatureParts returns Credential, SignedHeaders, Signature and Date, from the header or the
// query string.
func signatureParts(r *http.Request) (parts map[string]string, token string, err *Error) {
	if q := r.URL.Query(); q.Has("X-Amz-Algorithm") {
		return presignedParts(q)
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, "", refuse(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	algorithm, rest, _ := strings.Cut(header, " ")
	if algorithm != signingAlgorithm {
		return nil, "", incomplete("Unsupported AWS 'algorithm': '%s'", algorithm)
	}
	parts = map[string]string{"Date": r.Header.Get("X-Amz-Date")}
	for pair := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok {
			return nil, "", incomplete("'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'.", pair, algorithm)
		}
		parts[name] = value
	}
	var missing strings.Builder
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			fmt.Fprintf(&missing, "Authorization header requires '%s' parameter. ", name)
		}
	}
	if parts["Date"] == "" && r.Header.Get("Date") == "" {
		missing.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	if missing.Len() > 0 {
		return nil, "", incomplete("%sAuthorization=%s", missing.String(), algorithm)
	}
	return parts, r.Header.Get("X-Amz-Security-Token"), nil
}

func presignedParts(q url.Values) (parts map[string]string, token string, err *Error) {
	if a := q.Get("X-Amz-Algorithm"); a != signingAlgorithm {
		return nil, "", incomplete("Unsupported AWS 'algorithm': '%s'", a)
	}
	parts = map[string]string{}
	for _, name := range []string{"Credential", "Signature", "SignedHeaders", "Date"} {
		if parts[name] = q.Get("X-Amz-" + name); parts[name] == "" {
			return nil, "", incomplete("AWS query-string parameters must include 'X-Amz-%s'. Re-examine the query-string parameters.", name)
		}
	}
	return parts, q.Get("X-Amz-Security-Token"), nil
}

func signedAt(r *http.Request, date string) (time.Time, *Error) {
	if date == "" {
		if at, err := http.ParseTime(r.Header.Get("Date")); err == nil {
			return at.UTC(), nil
		}
		date = r.Header.Get("Date")
	}
	at, err := time.Parse(signingTime, date)
	if err != nil {
		return time.Time{}, incomplete("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", date)
	}
	return at, nil
}

// checkScope refuses a signature for another service, region or day. Like AWS it reports all
// errors at once.
func (g *signature) checkScope(service string, regions map[string]bool) *Error {
	var faults string
	if !regions[g.region] {
		faults += fmt.Sprintf("Credential should be scoped to a valid region, not '%s'. ", g.region)
	}
	if g.service != service {
		faults += fmt.Sprintf("Credential should be scoped to correct service: '%s'. ", service)
	}
	if g.term != signingTerm {
		faults += fmt.Sprintf("Credential should be scoped with a valid terminator: '%s', not '%s'. ", signingTerm, g.term)
	}
	if day := g.at.Format("20060102"); g.date != day {
		faults += fmt.Sprintf("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'. ",
			g.date, day, g.at.Format(signingTime))
	}
	if faults != "" {
		return mismatch("%s", faults)
	}
	return nil
}

// checkTime refuses a signature from a wrong clock, or a replay.
func (g *signature) checkTime(now time.Time) *Error {
	at, present := g.at.Format(signingTime), now.UTC().Format(signingTime)
	if earliest := now.Add(-skewAllowed); g.at.Before(earliest.Truncate(time.Second)) {
		return mismatch("Signature expired: %s is now earlier than %s (%s - 15 min.)", at, earliest.UTC().Format(signingTime), present)
	}
	if latest := now.Add(skewAllowed); g.at.After(latest) {
		return mismatch("Signature not yet current: %s is still later than %s (%s + 15 min.)", at, latest.UTC().Format(signingTime), present)
	}
	return nil
}

// checkHeaders refuses a signature that does not cover the host and all X-Amz- headers of the
// request.
func (g *signature) checkHeaders(r *http.Request) *Error {
	if !slices.Contains(g.headers, "host") {
		return mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") && !slices.Contains(g.headers, lower) {
			return mismatch("'%s' must be a 'SignedHeader' in the AWS Authorization.", lower)
		}
	}
	return nil
}

// checkValue signs the request with the secret, and compares the signatures.
func (g *signature) checkValue(r *http.Request, body []byte, secret string) *Error {
	scope := strings.Join([]string{g.date, g.region, g.service, g.term}, "/")
	toSign := strings.Join([]string{signingAlgorithm, g.at.Format(signingTime), scope, hexSum([]byte(g.canonical(r, body)))}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{g.date, g.region, g.service, g.term, toSign} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(key)), []byte(g.value)) != 1 {
		return mismatch("The request signature we calculated does not match the signature you provided. " +
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

// canonical returns the canonical request, which both sides sign. It hashes the payload that
// arrived, and ignores a header with a hash.
func (g *signature) canonical(r *http.Request, body []byte) string {
	var headers strings.Builder
	for _, name := range g.headers {
		values := r.Header.Values(name)
		switch {
		case name == "host":
			values = []string{r.Host}
		case name == "content-length" && len(values) == 0:
			values = []string{strconv.FormatInt(r.ContentLength, 10)}
		}
		trimmed := make([]string, len(values))
		for i, v := range values {
			trimmed[i] = strings.Join(strings.Fields(v), " ")
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, strings.Join(trimmed, ","))
	}
	return strings.Join([]string{
		r.Method,
		r.URL.EscapedPath(), // always "/"
		canonicalQuery(r.URL.Query()),
		headers.String(),
		strings.Join(g.headers, ";"),
		hexSum(body),
	}, "\n")
}

func canonicalQuery(q url.Values) string {
	q.Del("X-Amz-Signature")
	// Encode sorts by key and keeps the order of values. SigV4 also sorts the values, and
	// writes a space as %20.
	for _, values := range q {
		slices.Sort(values)
	}
	return strings.ReplaceAll(q.Encode(), "+", "%20")
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
