package awsfake_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"awsvault/tests/awsfake"
)

const whoamiForm = "Action=GetCallerIdentity&Version=2011-06-15"

// signing is a correct request, which each test case then changes.
type signing struct {
	creds
	method, target, body string
	service, region      string
	at                   time.Time
	presign              bool
	after                func(*http.Request) // once it is signed
}

// send signs with the SDK's signer. It returns the fake's refusal, or the zero value.
func (w *world) send(g signing) refusal {
	w.t.Helper()
	r := must[*http.Request](w.t)(http.NewRequest(g.method, w.URL+g.target, strings.NewReader(g.body)))
	if g.body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	credentials, _ := g.Retrieve(w.t.Context())
	sum := sha256.Sum256([]byte(g.body))
	hash := hex.EncodeToString(sum[:])
	if g.presign {
		url, _, err := signer.NewSigner().PresignHTTP(w.t.Context(), credentials, r, hash, g.service, g.region, g.at)
		if err != nil {
			w.t.Fatal(err)
		}
		r = must[*http.Request](w.t)(http.NewRequest(g.method, url, nil))
	} else if g.id != "" {
		if err := signer.NewSigner().SignHTTP(w.t.Context(), credentials, r, hash, g.service, g.region, g.at); err != nil {
			w.t.Fatal(err)
		}
	}
	if g.after != nil {
		g.after(r)
	}
	response := must[*http.Response](w.t)(http.DefaultClient.Do(r))
	defer response.Body.Close()
	body := must[[]byte](w.t)(io.ReadAll(response.Body))
	if response.Header.Get("Date") == "" || response.Header.Get("Content-Type") != "text/xml" {
		w.t.Errorf("got headers %v, want a Date and text/xml", response.Header)
	}
	if response.StatusCode == http.StatusOK {
		if !bytes.Contains(body, []byte("<Arn>"+w.jon.ARN()+"</Arn>")) {
			w.t.Errorf("got body %s, want jon's ARN", body)
		}
		return refusal{}
	}
	var answer struct {
		Type    string `xml:"Error>Type"`
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil || answer.Type != "Sender" {
		w.t.Errorf("got body %s (%v), want an error of the sender", body, err)
	}
	return refusal{response.StatusCode, answer.Code, answer.Message}
}

func TestSignatureVerification(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	now := w.Clock.Now() // 2026-03-01 12:00:07
	session := w.session(false)
	sleeping := w.jon.AddKey()
	w.SetKeyActive(sleeping.ID, false)
	wrong := refusal{403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}

	for name, c := range map[string]struct {
		spoil func(*signing)
		want  refusal
	}{
		"a right signature is accepted":                    {func(*signing) {}, refusal{}},
		"a right signature of a session is accepted":       {func(g *signing) { g.creds = session }, refusal{}},
		"a GET with its call in the query is accepted":     {func(g *signing) { g.method, g.target, g.body = "GET", "/?"+whoamiForm, "" }, refusal{}},
		"a query with blanks and signs is accepted":        {func(g *signing) { g.target = "/?b=%2B%20%7E%2A&b=%0A&a=" }, refusal{}},
		"a clock 14 minutes slow is accepted":              {func(g *signing) { g.at = now.Add(-14 * time.Minute) }, refusal{}},
		"a presigned request is accepted":                  {presigned, refusal{}},
		"a presigned request of a session is accepted":     {func(g *signing) { presigned(g); g.creds = session }, refusal{}},
		"a presigned request is good for 15 minutes":       {func(g *signing) { presigned(g); g.at = now.Add(-15 * time.Minute) }, refusal{}},
		"a tampered body is refused":                       {func(g *signing) { g.after = func(r *http.Request) { setBody(r, whoamiForm+"&x=1") } }, wrong},
		"a tampered query is refused":                      {func(g *signing) { g.after = func(r *http.Request) { r.URL.RawQuery = "x=1" } }, wrong},
		"a tampered presigned query is refused":            {func(g *signing) { presigned(g); g.after = func(r *http.Request) { r.URL.RawQuery += "&x=1" } }, wrong},
		"a tampered header is refused":                     {header("Content-Type", "application/x-www-form-urlencoded"), wrong},
		"a wrong secret is refused":                        {func(g *signing) { g.secret += "x" }, wrong},
		"a session's wrong secret is refused":              {func(g *signing) { g.creds = session; g.secret = w.keys.secret }, wrong},
		"an unknown key is refused":                        {func(g *signing) { g.id = "AKIAIOSFODNN7EXAMPLE" }, invalidToken},
		"an inactive key is refused":                       {func(g *signing) { g.creds = creds{sleeping.ID, sleeping.Secret, ""} }, invalidToken},
		"a session key without its token is refused":       {func(g *signing) { g.creds = session; g.token = "" }, invalidToken},
		"a session key with another token is refused":      {func(g *signing) { g.creds = session; g.token += "x" }, invalidToken},
		"a long-lived key with a token is refused":         {func(g *signing) { g.token = session.token }, invalidToken},
		"a token that is not signed is refused":            {unsigned("X-Amz-Security-Token", session.token), refusal{403, "SignatureDoesNotMatch", "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization."}},
		"no signature is refused":                          {func(g *signing) { g.id = "" }, refusal{403, "MissingAuthenticationToken", "Request is missing Authentication Token"}},
		"another algorithm is refused":                     {header("Authorization", "Basic abc"), refusal{400, "IncompleteSignature", "Unsupported AWS 'algorithm': 'Basic'"}},
		"a signature without its parts is refused":         {header("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e"), refusal{400, "IncompleteSignature", "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256"}},
		"a key id with a slash is refused":                 {func(g *signing) { g.id = "a/b" }, refusal{400, "IncompleteSignature", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/20260301/eu-west-1/sts/aws4_request'"}},
		"a scope for IAM is refused by STS":                {func(g *signing) { g.service = "iam" }, refusal{403, "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'. "}},
		"a region that there is not is refused":            {func(g *signing) { g.region = "eu-west-9" }, refusal{403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region, not 'eu-west-9'. "}},
		"IAM is signed for one region":                     {func(g *signing) { g.body, g.service = "Action=GetUser&Version=2010-05-08", "iam" }, refusal{403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region, not 'eu-west-1'. "}},
		"a clock 12 hours slow is refused":                 {func(g *signing) { g.at = now.Add(-12 * time.Hour) }, refusal{403, "SignatureDoesNotMatch", "Signature expired: 20260301T000007Z is now earlier than 20260301T114507Z (20260301T120007Z - 15 min.)"}},
		"a clock 16 minutes fast is refused":               {func(g *signing) { g.at = now.Add(16 * time.Minute) }, refusal{403, "SignatureDoesNotMatch", "Signature not yet current: 20260301T121607Z is still later than 20260301T121507Z (20260301T120007Z + 15 min.)"}},
		"a presigned request of 16 minutes ago is refused": {func(g *signing) { presigned(g); g.at = now.Add(-16 * time.Minute) }, refusal{403, "SignatureDoesNotMatch", "Signature expired: 20260301T114407Z is now earlier than 20260301T114507Z (20260301T120007Z - 15 min.)"}},
		"an operation that there is not is refused":        {func(g *signing) { g.body = "Action=Nonesuch&Version=2011-06-15" }, refusal{400, "InvalidAction", "Could not find operation Nonesuch for version 2011-06-15"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := signing{creds: w.keys, method: "POST", target: "/", body: whoamiForm, service: "sts", region: "eu-west-1", at: now}
			c.spoil(&g)
			same(t, w.send(g), c.want)
		})
	}
}

func presigned(g *signing) { g.method, g.target, g.body, g.presign = "GET", "/?"+whoamiForm, "", true }

func header(name, value string) func(*signing) {
	return func(g *signing) { g.after = func(r *http.Request) { r.Header.Set(name, value) } }
}

func unsigned(name, value string) func(*signing) { return header(name, value) }

func setBody(r *http.Request, body string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
}

func TestExpiredSessionIsRefused(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	session := w.session(false)
	gone := refusal{403, "ExpiredToken", "The security token included in the request is expired"}
	whoami := func(c creds) refusal {
		_, err := w.sts(c).GetCallerIdentity(t.Context(), nil)
		return refused(t, err)
	}
	w.Clock.Advance(12*time.Hour - time.Second)
	same(t, w.whoami(session), w.jon.ARN())
	w.Clock.Advance(time.Second)
	same(t, whoami(session), gone)
	same(t, w.whoami(w.keys), w.jon.ARN())

	fresh := w.session(false)
	w.Expire(fresh.id)
	same(t, whoami(fresh), gone)
}

func TestCallLog(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	w.session(true)
	w.sts(creds{id: "AKIAIOSFODNN7EXAMPLE", secret: "x"}).GetCallerIdentity(t.Context(), nil)
	calls := w.Calls()
	for i := range calls {
		if calls[i].Addr == "" || calls[i].RequestID == "" {
			t.Errorf("got call %+v, want an address and a request id", calls[i])
		}
		calls[i].Addr, calls[i].RequestID = "", ""
	}
	if diff := cmp.Diff([]awsfake.Call{
		{Time: w.Clock.Now(), Service: "sts", Operation: "GetSessionToken", Caller: w.jon.ARN(), AccessKeyID: w.keys.id, Region: "eu-west-1",
			Params: map[string][]string{"SerialNumber": {w.mfa.Serial}, "TokenCode": {"***"}}},
		{Time: w.Clock.Now(), Service: "sts", Operation: "GetCallerIdentity", AccessKeyID: "AKIAIOSFODNN7EXAMPLE", Region: "eu-west-1",
			Params: map[string][]string{}, Error: "InvalidClientTokenId"},
	}, calls); diff != "" {
		t.Error(diff)
	}
	same(t, w.Operations(), []string{"GetSessionToken", "GetCallerIdentity: InvalidClientTokenId"})
	w.Reset()
	same(t, len(w.Calls()), 0)
}
