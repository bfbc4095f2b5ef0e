package awsapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
)

// server gives one answer after another, and repeats the last one.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	answers []http.HandlerFunc
	asked   int
}

func serve(t *testing.T, answers ...http.HandlerFunc) *server {
	t.Helper()
	s := &server{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		answer := s.answers[min(s.asked, len(s.answers)-1)]
		s.asked++
		s.mu.Unlock()
		body, _ := io.ReadAll(r.Body) // as AWS does before it answers
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// count returns the number of requests.
func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func (s *server) host() string { return strings.TrimPrefix(s.URL, "http://") }

func says(status int, text string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// hangsUp accepts the request and ends the connection.
func hangsUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// stops sends half an answer.
func stops(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "half")
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// api is a client that does not wait, but records the waiting time.
type api struct {
	awsapi.Client
	pauses []time.Duration
	warned []string
}

func newAPI(t *testing.T, getenv func(string) string) *api {
	t.Helper()
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	a := &api{}
	a.HTTP = sync.OnceValues(func() (*http.Client, error) { return awsapi.HTTPClient(getenv, nil) })
	a.Now = time.Now
	a.Sleep = func(ctx context.Context, d time.Duration) error { a.pauses = append(a.pauses, d); return ctx.Err() }
	a.Warn = func(err error) { a.warned = append(a.warned, err.Error()) }
	return a
}

// Each row of the policy lists how often a call is tried, and the final message.
func TestPolicy(t *testing.T) {
	const json = `{"message":"why"}`
	for _, test := range []struct {
		name          string
		answer        http.HandlerFunc
		usual, unique int // how often it is tried
		patient       int
		says          string // HOST is the server
		lost          bool
		hint          string
	}{
		{"an answer", says(200, "{}"), 1, 1, 1, "", false, ""},
		{"too many requests", says(429, json), 4, 4, 12, "Op: HTTP 429: why", false, "AWS is limiting these calls: try again later"},
		{"a code of throttling", says(400, json, "X-Amzn-Errortype", "ThrottlingException:http://x"), 4, 4, 12, "Op: ThrottlingException: why", false, "AWS is limiting these calls: try again later"},
		{"another code of throttling", says(400, `{"error":"TooManyRequestsError"}`), 4, 4, 12, "Op: TooManyRequestsError", false, "AWS is limiting these calls: try again later"},
		{"an OAuth error of throttling is none", says(400, `{"error":"slow_down"}`), 1, 1, 1, "Op: slow_down", false, ""},
		{"a fault of AWS's", says(500, json), 4, 1, 4, "Op: HTTP 500: why", true, "AWS may have an outage: health.aws.amazon.com"},
		{"a gateway", says(502, json), 4, 1, 4, "Op: HTTP 502: why", true, "AWS may have an outage: health.aws.amazon.com"},
		{"an outage", says(503, "<html>"), 4, 1, 4, "Op: the answer of HOST is not AWS's (HTTP 503)", true, "a proxy, or a network's sign-in page, may have answered instead of AWS"},
		{"a gateway that waits in vain", says(504, json), 4, 1, 4, "Op: HTTP 504: why", true, "AWS may have an outage: health.aws.amazon.com"},
		{"not a fault that passes", says(501, json), 1, 1, 1, "Op: HTTP 501: why", true, "AWS may have an outage: health.aws.amazon.com"},
		{"a code for a fault of AWS's", says(400, `{"error":"RequestTimeout"}`), 4, 1, 4, "Op: RequestTimeout", false, ""},
		{"a refusal", says(400, `{"error":"invalid_grant","error_description":"no"}`), 1, 1, 1, "Op: invalid_grant: no", false, ""},
		{"not allowed", says(403, json, "X-Amzn-Errortype", "ForbiddenException"), 1, 1, 1, "Op: ForbiddenException: why", false, ""},
		{"a redirect", says(302, "", "Location", "https://example.com/"), 1, 1, 1, "Op: the answer of HOST is not AWS's (HTTP 302)", true, "a proxy, or a network's sign-in page, may have answered instead of AWS"},
		{"a redirect with words", says(307, `{"message":"over there"}`, "Location", "https://example.com/"), 1, 1, 1, "Op: HTTP 307: over there", true, "a proxy, or a network's sign-in page, may have answered instead of AWS"},
		{"no answer", hangsUp, 4, 1, 4, "HOST ended the connection without an answer", true, ""},
		{"half an answer", stops, 4, 1, 4, "Op: HOST ended the connection without an answer", true, ""},
	} {
		for kind, want := range map[string]int{"usual": test.usual, "unique": test.unique, "patient": test.patient} {
			t.Run(test.name+", "+kind, func(t *testing.T) {
				s, a := serve(t, test.answer), newAPI(t, nil)
				_, err := a.Do(t.Context(), awsapi.Call{Op: "Op", URL: s.URL, Unique: kind == "unique", Patient: kind == "patient"})
				if s.count() != want || len(a.pauses) != want-1 {
					t.Errorf("tried %d times with %d pauses, want %d", s.count(), len(a.pauses), want)
				}
				said, e := "", (*awsapi.Error)(nil)
				if err != nil {
					said = strings.ReplaceAll(err.Error(), s.host(), "HOST")
				}
				if said != test.says {
					t.Errorf("it says %q, want %q", said, test.says)
				}
				if errors.As(err, &e) && (e.Lost() != test.lost || e.Hint() != test.hint || e.Unreachable || e.Host != s.host()) {
					t.Errorf("lost %t, unreachable %t, host %q, hint %q", e.Lost(), e.Unreachable, e.Host, e.Hint())
				}
			})
		}
	}
}

// A repeated call succeeds in the end.
func TestSecondAttempt(t *testing.T) {
	for name, first := range map[string]http.HandlerFunc{"throttled": says(429, `{}`), "a fault": says(500, `{}`), "no answer": hangsUp, "half an answer": stops} {
		s, a := serve(t, first, says(200, "yes")), newAPI(t, nil)
		if got, err := a.Do(t.Context(), awsapi.Call{Op: "Op", URL: s.URL, Body: []byte("x")}); string(got) != "yes" || err != nil || s.count() != 2 {
			t.Errorf("%s: %q, %v after %d attempts", name, got, err, s.count())
		}
	}
}

// The pauses grow from a tenth of a second to three seconds. Half of each is random.
func TestPauses(t *testing.T) {
	s, a := serve(t, says(429, `{}`)), newAPI(t, nil)
	if _, err := a.Do(t.Context(), awsapi.Call{Op: "Op", URL: s.URL, Patient: true}); err == nil {
		t.Fatal("no error")
	}
	for i, got := range a.pauses {
		most := min(200*time.Millisecond<<i, 3*time.Second)
		if got < most/2 || got >= most {
			t.Errorf("pause %d is %s, want between %s and %s", i+1, got, most/2, most)
		}
	}
	if len(a.pauses) != 11 {
		t.Errorf("%d pauses, want 11", len(a.pauses))
	}
}

// Ctrl-C ends a call and the wait for the next attempt. It does not count as an error of AWS.
func TestCancelled(t *testing.T) {
	s, a := serve(t, says(500, `{}`)), newAPI(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	a.Sleep = func(context.Context, time.Duration) error { cancel(); return ctx.Err() }
	if _, err := a.Do(ctx, awsapi.Call{Op: "Op", URL: s.URL}); err != context.Canceled || s.count() != 1 {
		t.Errorf("during a pause: %v after %d attempts", err, s.count())
	}
	if _, err := a.Do(ctx, awsapi.Call{Op: "Op", URL: s.URL}); err != context.Canceled || s.count() != 1 {
		t.Errorf("before the call: %v after %d attempts", err, s.count())
	}
	ctx, cancel = context.WithCancel(t.Context())
	silent := serve(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	if _, err := a.Do(ctx, awsapi.Call{Op: "Op", URL: silent.URL}); err != context.Canceled {
		t.Errorf("during the call: %v", err)
	}
}

// If the caller's own deadline passes, there was no answer in time.
func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	silent, a := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), newAPI(t, nil)
	_, err := a.Do(ctx, awsapi.Call{Op: "Op", URL: silent.URL})
	if want := "no answer from " + silent.host() + " in time"; fmt.Sprint(err) != want || silent.count() != 1 {
		t.Errorf("%v after %d attempts, want %s", err, silent.count(), want)
	}
}

// The longest allowed answer is accepted, and one byte more is an error. The same holds for a
// refusal, whatever the limit of the call.
func TestBounds(t *testing.T) {
	for _, test := range []struct {
		status, length int
		limit          int64
		says           string
	}{
		{200, 64 << 10, 0, ""},
		{200, 64<<10 + 1, 0, "Op: the answer of HOST is longer than 64 KiB"},
		{200, 64 << 10, awsapi.Small, ""},
		{200, 64<<10 + 1, awsapi.Small, "Op: the answer of HOST is longer than 64 KiB"},
		{200, 4 << 20, awsapi.Large, ""},
		{200, 4<<20 + 1, awsapi.Large, "Op: the answer of HOST is longer than 4 MiB"},
		{400, 64<<10 + 1, awsapi.Large, "Op: the answer of HOST is longer than 64 KiB"},
		{500, 64<<10 + 1, awsapi.Large, "Op: the answer of HOST is longer than 64 KiB"},
		{200, -1, awsapi.Large, "Op: the answer of HOST is longer than 4 MiB"},
		{403, -1, awsapi.Large, "Op: the answer of HOST is longer than 64 KiB"},
	} {
		sent := 0
		s, a := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(test.status)
			block := []byte(strings.Repeat(" ", 4<<10))
			for left := test.length; left != 0 && r.Context().Err() == nil; {
				n := len(block)
				if left > 0 {
					n = min(n, left)
					left -= n
				}
				if _, err := w.Write(block[:n]); err != nil {
					return
				}
				sent += n
			}
		}), newAPI(t, nil)
		got, err := a.Do(t.Context(), awsapi.Call{Op: "Op", URL: s.URL, Limit: test.limit})
		said := ""
		if err != nil {
			said = strings.ReplaceAll(err.Error(), s.host(), "HOST")
		}
		if said != test.says || test.says == "" && len(got) != test.length || s.count() != 1 {
			t.Errorf("HTTP %d, %d bytes of %d: %q with %d bytes after %d attempts, want %q", test.status, test.length, test.limit, said, len(got), s.count(), test.says)
		}
		s.Close() // the server has stopped writing
		if sent > 32<<20 {
			t.Errorf("%d bytes were taken", sent)
		}
	}
}

// The limit of a compressed answer applies to its uncompressed size.
func TestPackedAnswer(t *testing.T) {
	s, a := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("headers %v", r.Header)
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 100 {
			if _, err := z.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
		_ = z.Close()
	}), newAPI(t, nil)
	_, err := a.Do(t.Context(), awsapi.Call{Op: "Op", URL: s.URL})
	if want := "Op: the answer of " + s.host() + " is longer than 64 KiB"; fmt.Sprint(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// Headers have a limit too.
func TestHeaderBound(t *testing.T) {
	s, a := serve(t, says(200, "{}", "X-Long", strings.Repeat("x", 1<<20))), newAPI(t, nil)
	if _, err := a.Do(t.Context(), awsapi.Call{Op: "Op", URL: s.URL}); err == nil {
		t.Error("a header of a megabyte is taken")
	}
}

// A server's message cannot take over the screen, and has no more than a few lines.
func TestWordsOfAServer(t *testing.T) {
	s, a := serve(t, says(400, `{"error":"a\u001b[31mb","error_description":"one\ntwo\u202e`+strings.Repeat("x", 500)+`"}`)), newAPI(t, nil)
	_, err := a.Do(t.Context(), awsapi.Call{Op: "Op", URL: s.URL})
	want := "Op: a?[31mb: one two?" + strings.Repeat("x", 391) + "…"
	if got := fmt.Sprint(err); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The error for a failed connection names the host. Nothing is repeated, and the call did not
// take effect.
func TestUnreachable(t *testing.T) {
	closed := serve(t, says(200, ""))
	closed.Close()
	plain := serve(t, says(200, ""))
	tls := httptest.NewTLSServer(says(200, ""))
	defer tls.Close()
	tlsHost := strings.TrimPrefix(tls.URL, "https://")
	proxy := func(address string) map[string]string {
		return map[string]string{"HTTPS_PROXY": address, "HTTP_PROXY": address}
	}
	const set = "the proxy is set by HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
	refuses := func(status int) *server {
		return serve(t, says(status, "<html>no", "Proxy-Authenticate", "Basic"))
	}
	forbids, wants, gateway, teapot := refuses(403), refuses(407), refuses(502), refuses(418)
	for _, test := range []struct {
		name, url  string
		env        map[string]string
		says, hint string
	}{
		{"nobody listens", closed.URL, nil, closed.host() + " refused the connection", ""},
		{"no such host", "https://sts.invalid", nil, `there is no host "sts.invalid"`, ""},
		{"a certificate of somebody's", tls.URL, nil, "the certificate of " + tlsHost + " is not trusted: signed by an unknown authority", "if a proxy signs the connections here, name its certificate with AWS_CA_BUNDLE"},
		{"no TLS", "https://" + plain.host(), nil, "http: server gave HTTP response to HTTPS client", ""},
		{"not an address", "https://a b/", nil, "the address of the service cannot be used", ""},
		{"no proxy there", "https://iam.example", proxy("http://me:hush@" + closed.host()), "the proxy " + closed.host() + " refused the connection", set},
		{"a proxy that forbids", "https://iam.example", proxy("http://me:hush@" + forbids.host()), "the proxy " + forbids.host() + " does not allow connections to iam.example (HTTP 403)", set},
		{"a proxy that wants a password", "https://iam.example", proxy(wants.URL), "the proxy " + wants.host() + " requires a user name and a password (HTTP 407)", "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT   sends them"},
		{"the same without TLS", "http://iam.example", proxy(wants.URL), "the proxy " + wants.host() + " requires a user name and a password (HTTP 407)", "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT   sends them"},
		{"a proxy that cannot reach it", "https://iam.example:444", proxy(gateway.URL), "the proxy " + gateway.host() + " cannot reach iam.example:444 (HTTP 502)", set},
		{"a proxy that says something else", "https://iam.example", proxy(teapot.URL), "the proxy " + teapot.host() + " refused the connection to iam.example (HTTP 418)", set},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := newAPI(t, func(name string) string { return test.env[name] })
			_, err := a.Do(t.Context(), awsapi.Call{Op: "Op", URL: test.url})
			e := (*awsapi.Error)(nil)
			if !errors.As(err, &e) || e.Error() != test.says || e.Hint() != test.hint || !e.Unreachable || e.Lost() || e.Status != 0 {
				t.Errorf("got %q, %#v\nwant %q, %q", err, e, test.says, test.hint)
			}
			if len(a.pauses) != 0 {
				t.Errorf("it was repeated %d times", len(a.pauses))
			}
			if strings.Contains(fmt.Sprintf("%v", err), "hush") {
				t.Errorf("the password is in %v", err)
			}
		})
	}
	for _, bad := range []string{"me:hush@nowhere:port", "ftp://x", "http://", "http://a b"} {
		_, err := awsapi.HTTPClient(func(name string) string { return map[string]string{"https_proxy": bad}[name] }, nil)
		if fmt.Sprint(err) != "https_proxy: not the URL of a proxy" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// These texts can be a token, a secret, an id, or credentials from a server.
func TestAnswersAreChecked(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for s, want := range map[string]bool{
		"a": true, "!~": true, long(16 << 10): true, "": false, "a b": false, "a\n": false, "a\x7f": false, "é": false, "a\x00": false, long(16<<10 + 1): false,
	} {
		if got := awsapi.Token(s); got != want {
			t.Errorf("Token(%.10q of %d) is %t", s, len(s), got)
		}
	}
	good := aws.Credentials{AccessKeyID: "ASIAX", SecretAccessKey: "s", SessionToken: "t", Expires: time.Unix(1, 0)}
	for name, test := range map[string]struct {
		change       func(c *aws.Credentials)
		key, session bool
	}{
		"a session":             {func(*aws.Credentials) {}, true, true},
		"a key":                 {func(c *aws.Credentials) { c.SessionToken, c.Expires = "", time.Time{} }, true, false},
		"no end":                {func(c *aws.Credentials) { c.Expires = time.Time{} }, true, false},
		"no id":                 {func(c *aws.Credentials) { c.AccessKeyID = "" }, false, false},
		"no secret":             {func(c *aws.Credentials) { c.SecretAccessKey = "" }, false, false},
		"a blank in the id":     {func(c *aws.Credentials) { c.AccessKeyID = "AS IA" }, false, false},
		"an id of 129 bytes":    {func(c *aws.Credentials) { c.AccessKeyID = long(129) }, false, false},
		"a line in the secret":  {func(c *aws.Credentials) { c.SecretAccessKey = "a\nb" }, false, false},
		"a secret without end":  {func(c *aws.Credentials) { c.SecretAccessKey = long(16<<10 + 1) }, false, false},
		"a line in the token":   {func(c *aws.Credentials) { c.SessionToken = "a\nb" }, true, false},
		"a token of 3 MB":       {func(c *aws.Credentials) { c.SessionToken = long(3 << 20) }, true, false},
		"a token of 16 KiB":     {func(c *aws.Credentials) { c.SessionToken = long(16 << 10) }, true, true},
		"a token of 16 KiB + 1": {func(c *aws.Credentials) { c.SessionToken = long(16<<10 + 1) }, true, false},
	} {
		c := good
		test.change(&c)
		if key, session := awsapi.Key(c), awsapi.Session(c); key != test.key || session != test.session {
			t.Errorf("%s: a key %t, a session %t", name, key, session)
		}
	}
}

// JSON is sent and read. The error for another answer quotes nothing.
func TestJSON(t *testing.T) {
	type sent struct{ Method, Path, Accept, Type, Extra, Body string }
	var got sent
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = sent{r.Method, r.URL.String(), r.Header.Get("Accept"), r.Header.Get("Content-Type"), r.Header.Get("X-Extra"), string(body)}
		_, _ = io.WriteString(w, `{"name":"ann"}`)
	})
	a := newAPI(t, nil)
	var out struct{ Name string }
	err := a.JSON(t.Context(), awsapi.Call{Op: "Op", URL: s.URL + "/p?q=1", Header: http.Header{"X-Extra": {"x"}}}, map[string]string{"a": "b"}, &out)
	if d := cmp.Diff(sent{"POST", "/p?q=1", "application/json", "application/json", "x", `{"a":"b"}`}, got); err != nil || d != "" || out.Name != "ann" {
		t.Errorf("%v, %q (-want +got):\n%s", err, out.Name, d)
	}
	err = a.JSON(t.Context(), awsapi.Call{Op: "Op", Method: http.MethodGet, URL: s.URL}, nil, nil)
	if d := cmp.Diff(sent{"GET", "/", "application/json", "", "", ""}, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	bad := serve(t, says(200, `{"name":"hush`))
	err = a.JSON(t.Context(), awsapi.Call{Op: "Op", URL: bad.URL}, nil, &out)
	if want := "Op: the answer of " + bad.host() + " is not AWS's"; fmt.Sprint(err) != want || bad.count() != 1 {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Query sends a form and reads XML, including the protocol's errors.
func TestQuery(t *testing.T) {
	var got url.Values
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		got = r.PostForm
		_, _ = io.WriteString(w, "<R><Name>ann</Name></R>")
	}, says(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>", "X-Amzn-Requestid", "id-1"))
	a := newAPI(t, nil)
	var out struct{ Name string }
	err := a.Query(t.Context(), awsapi.Call{Op: "Op", URL: s.URL + "/"}, "2010-05-08", url.Values{"A": {"b"}}, &out)
	if d := cmp.Diff(url.Values{"Action": {"Op"}, "Version": {"2010-05-08"}, "A": {"b"}}, got); err != nil || d != "" || out.Name != "ann" {
		t.Errorf("%v, %q (-want +got):\n%s", err, out.Name, d)
	}
	err = a.Query(t.Context(), awsapi.Call{Op: "Op", URL: s.URL}, "2010-05-08", nil, &out)
	if fmt.Sprint(err) != "Op: AccessDenied: no (request id id-1)" || !awsapi.Is(err, "x", "AccessDenied") || awsapi.Is(err, "x") {
		t.Errorf("%v", err)
	}
}

// Every answer needs a date. The error for an answer without one names the host.
func TestDate(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 1, 0, time.UTC)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead || r.Header.Get("Authorization") != "" {
			t.Errorf("%s %v", r.Method, r.Header)
		}
		w.Header().Set("Date", at.Format(http.TimeFormat))
		w.WriteHeader(http.StatusForbidden)
	}, func(w http.ResponseWriter, _ *http.Request) { w.Header()["Date"] = nil }, says(407, "", "Date", "x"))
	a := newAPI(t, nil)
	if got, err := a.Date(t.Context(), s.URL); !got.Equal(at) || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	for _, want := range []string{"the answer of " + s.host() + " has no date", "the proxy requires a user name and a password (HTTP 407)"} {
		if _, err := a.Date(t.Context(), s.URL); fmt.Sprint(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	s.Close()
	if _, err := a.Date(t.Context(), s.URL); fmt.Sprint(err) != s.host()+" refused the connection" {
		t.Error(err)
	}
}

// A server that gives credentials to a container is asked without a proxy, and cannot
// redirect.
func TestNearbyClient(t *testing.T) {
	elsewhere := serve(t, says(200, "elsewhere"))
	s := serve(t, says(307, "", "Location", elsewhere.URL))
	c := awsapi.NearbyClient()
	resp, err := c.Get(s.URL)
	if err != nil || resp.StatusCode != 307 || elsewhere.count() != 0 {
		t.Errorf("%v, %v, asked elsewhere %d times", resp, err, elsewhere.count())
	}
	resp.Body.Close()
	if c.Transport.(*http.Transport).Proxy != nil {
		t.Error("it has a proxy")
	}
}
