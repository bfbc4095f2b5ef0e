package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/fault"
)

var epoch = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// clock is a wall clock that a test sets.
type clock struct{ now atomic.Int64 }

func (c *clock) Now() time.Time       { return epoch.Add(time.Duration(c.now.Load())) }
func (c *clock) pass(d time.Duration) { c.now.Add(int64(d)) }

// fake is a source. Each call gives the next session, or fails.
type fake struct {
	clock *clock
	life  time.Duration
	wish  time.Duration // what the plan says of it; zero: the life

	mu    sync.Mutex
	calls int
	after []time.Time
	fail  error
	slow  chan struct{} // calls wait until it is closed
	same  bool          // it gives the same session again
}

func (f *fake) Credentials(ctx context.Context, after time.Time) (Answer, error) {
	f.mu.Lock()
	slow := f.slow
	f.mu.Unlock()
	if slow != nil {
		select {
		case <-slow:
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.same || f.calls == 0 {
		f.calls++
	}
	f.after = append(f.after, after)
	if f.fail != nil {
		return Answer{}, f.fail
	}
	expires := f.clock.Now().Add(f.life)
	if f.same {
		expires = epoch.Add(f.life)
	}
	return Answer{
		Credentials: aws.Credentials{AccessKeyID: fmt.Sprintf("ASIA%016d", f.calls), SecretAccessKey: "hidden", SessionToken: "token", Expires: expires},
		Account:     "111122223333", RoleARN: "arn:aws:iam::111122223333:role/reader", Life: max(f.life, f.wish),
	}, nil
}

func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.after)
}

// bench is a server on a port, with one lease.
type bench struct {
	testing.TB
	*Server
	clock *clock
	src   *fake
	lease Lease
	base  string
	told  *[]string
}

func serve(t testing.TB, life time.Duration, change ...func(*Settings, *Grant)) bench {
	t.Helper()
	c := &clock{}
	src := &fake{clock: c, life: life}
	told := &[]string{}
	settings := Settings{Now: c.Now, UID: os.Getuid(), Tell: func(line string) { *told = append(*told, line) }}
	g := Grant{Name: "dev", Region: "eu-west-1", Source: src}
	for _, f := range change {
		f(&settings, &g)
	}
	s := New(settings)
	l, err := Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		s.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return bench{t, s, c, src, s.Grant(g), "http://" + l.Addr().String(), told}
}

// ask sends a request and returns the status and the body.
func (b bench) ask(method, path string, header ...string) (*http.Response, string) {
	b.Helper()
	r, err := http.NewRequest(method, b.base+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		} else {
			r.Header[header[i]] = []string{header[i+1]}
		}
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	return resp, string(body)
}

func (b bench) get() (int, string) {
	b.Helper()
	resp, body := b.ask("GET", b.lease.Path(), "Authorization", b.lease.Token)
	return resp.StatusCode, body
}

// key returns the access key id that the server delivers.
func (b bench) key() string {
	b.Helper()
	status, body := b.get()
	if status != 200 {
		b.Fatalf("%d %s", status, body)
	}
	var doc struct{ AccessKeyId string }
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		b.Fatal(err)
	}
	return strings.TrimLeft(strings.TrimPrefix(doc.AccessKeyId, "ASIA"), "0")
}

// settled waits until no renewal is running.
func (b bench) settled() {
	b.Helper()
	for _, s := range b.live() {
		s.mu.Lock()
		flight := s.flight
		s.mu.Unlock()
		if flight != nil {
			<-flight
		}
	}
}

func TestContainer(t *testing.T) {
	b := serve(t, time.Hour)
	resp, body := b.ask("GET", b.lease.Path(), "Authorization", b.lease.Token)
	want := `{"AccessKeyId":"ASIA0000000000000001","SecretAccessKey":"hidden","Token":"token","Expiration":"2026-11-28T13:00:00Z","AccountId":"111122223333","RoleArn":"arn:aws:iam::111122223333:role/reader"}`
	if resp.StatusCode != 200 || body != want {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type: %s", got)
	}
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control: %s", got)
	}
	if len(b.lease.ID) != 26 || len(b.lease.Token) != 43 {
		t.Errorf("lease %q, token of %d characters", b.lease.ID, len(b.lease.Token))
	}
}

func TestWhoDoesNotKnowTheTokenLearnsNothing(t *testing.T) {
	b := serve(t, time.Hour)
	other := b.Grant(Grant{Name: "prod", Source: b.src})
	var first string
	for name, r := range map[string][2]string{
		"no token":          {b.lease.Path(), ""},
		"a wrong one":       {b.lease.Path(), "x"},
		"another lease's":   {b.lease.Path(), other.Token},
		"with a scheme":     {b.lease.Path(), "Bearer " + b.lease.Token},
		"an unknown lease":  {"/l/aaaa", b.lease.Token},
		"another path":      {"/", b.lease.Token},
		"no id":             {"/l/", b.lease.Token},
		"an id with a tail": {b.lease.Path() + "x", b.lease.Token},
	} {
		resp, body := b.ask("GET", r[0], "Authorization", r[1])
		if first == "" {
			first = body
		}
		if resp.StatusCode != 403 || body != first || resp.Header.Get("Content-Type") != "application/json" || !resp.Close {
			t.Errorf("%s: %d %s (first: %s)", name, resp.StatusCode, body, first)
		}
	}
	if b.src.count() != 0 {
		t.Error("the source was asked")
	}
	for range 10 {
		b.ask("GET", "/l/x")
	}
	if resp, _ := b.ask("GET", "/l/x"); resp.StatusCode != 429 {
		t.Errorf("who goes on guessing gets %d", resp.StatusCode)
	}
	if got := b.key(); got != "1" {
		t.Errorf("who knows the token gets %s", got)
	}
	b.clock.pass(time.Second)
	if resp, _ := b.ask("GET", "/l/x"); resp.StatusCode != 403 {
		t.Errorf("a second later: %d", resp.StatusCode)
	}
}

func TestOnlyProgramsOfThisMachineAreAnswered(t *testing.T) {
	b := serve(t, time.Hour)
	address := strings.TrimPrefix(b.base, "http://")
	port := address[strings.LastIndex(address, ":"):]
	for _, c := range []struct {
		method string
		header []string
		want   int
	}{
		{"GET", nil, 200},
		{"GET", []string{"Host", "localhost" + port}, 200},
		{"GET", []string{"Host", "evil.example"}, 403},
		{"GET", []string{"Host", "evil.example" + port}, 403},
		{"GET", []string{"Host", "127.0.0.1"}, 403},
		{"GET", []string{"Host", "127.0.0.1:1"}, 403},
		{"GET", []string{"Host", "localhost:1"}, 403},
		{"GET", []string{"Host", "localhost"}, 403},
		{"GET", []string{"Host", "169.254.169.254"}, 403},
		{"GET", []string{"Host", address + "."}, 403},
		{"GET", []string{"Origin", "null"}, 403},
		{"GET", []string{"Origin", ""}, 403},
		{"GET", []string{"Referer", "http://" + address + "/"}, 403},
		{"GET", []string{"Sec-Fetch-Site", "same-origin"}, 403},
		{"GET", []string{"Sec-Fetch-Site", "none"}, 200},
		{"GET", []string{"X-Forwarded-For", "127.0.0.1"}, 403},
		{"GET", []string{"Forwarded", "for=127.0.0.1"}, 403},
		{"GET", []string{"Via", "1.1 squid"}, 403},
		{"POST", nil, 405},
		{"PUT", nil, 405},
		{"HEAD", nil, 405},
		{"OPTIONS", nil, 405},
		{"DELETE", nil, 405},
	} {
		resp, body := b.ask(c.method, b.lease.Path(), append([]string{"Authorization", b.lease.Token}, c.header...)...)
		if resp.StatusCode != c.want || c.want != 200 && strings.Contains(body, "hidden") {
			t.Errorf("%s %q: got %d %s, want %d", c.method, c.header, resp.StatusCode, body, c.want)
		}
		for name := range resp.Header {
			if strings.HasPrefix(name, "Access-Control") {
				t.Errorf("%s %q: %s", c.method, c.header, name)
			}
		}
	}
}

// net/http answers this request for anyone unless it is told not to.
func TestOptionsOfTheServerAreRefused(t *testing.T) {
	b := serve(t, time.Hour)
	if got := b.raw("OPTIONS * HTTP/1.1\r\nHost: " + strings.TrimPrefix(b.base, "http://") + "\r\n\r\n"); strings.HasPrefix(got, "HTTP/1.1 2") {
		t.Errorf("it is answered: %s", got)
	}
}

// raw sends bytes and returns the answer.
func (b bench) raw(request string) string {
	b.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(b.base, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, request)
	if c, ok := c.(*net.TCPConn); ok {
		c.CloseWrite()
	}
	answer, _ := io.ReadAll(c)
	return string(answer)
}

func TestOddRequests(t *testing.T) {
	b := serve(t, time.Hour)
	host := strings.TrimPrefix(b.base, "http://")
	head := " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: " + b.lease.Token + "\r\n"
	for name, c := range map[string]struct{ request, want string }{
		"as it should be":    {"GET " + b.lease.Path() + head + "Connection: close\r\n\r\n", "HTTP/1.1 200"},
		"an absolute target": {"GET http://" + host + b.lease.Path() + head + "Connection: close\r\n\r\n", "HTTP/1.1 200"},
		"a foreign target":   {"GET http://evil.example" + b.lease.Path() + head + "\r\n", "HTTP/1.1 403"},
		"HTTP/1.0":           {"GET " + b.lease.Path() + strings.Replace(head, "1.1", "1.0", 1) + "\r\n", "HTTP/1.0 505"},
		"two sites":          {"GET " + b.lease.Path() + head + "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n\r\n", "HTTP/1.1 403"},
		"one site, twice":    {"GET " + b.lease.Path() + head + "Sec-Fetch-Site: none\r\nSec-Fetch-Site: none\r\nConnection: close\r\n\r\n", "HTTP/1.1 200"},
		"a list of sites":    {"GET " + b.lease.Path() + head + "Sec-Fetch-Site: none, cross-site\r\n\r\n", "HTTP/1.1 403"},
		"a body":             {"GET " + b.lease.Path() + head + "Content-Length: 1\r\n\r\nx", "HTTP/1.1 413"},
		"a chunked body":     {"GET " + b.lease.Path() + head + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", "HTTP/1.1 413"},
		"a long path":        {"GET /" + strings.Repeat("x", 2<<10) + head + "\r\n", "HTTP/1.1 414"},
		"a long header":      {"GET " + b.lease.Path() + head + "X: " + strings.Repeat("x", 9<<10) + "\r\n\r\n", "HTTP/1.1 431"},
		"two hosts":          {"GET " + b.lease.Path() + head + "Host: evil.example\r\n\r\n", "HTTP/1.1 400"},
		"no request":         {"\x16\x03\x01 hello", "HTTP/1.1 400"},
		"HTTP/2":             {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/"},
		"CONNECT":            {"CONNECT evil.example:443" + head + "\r\n", "HTTP/1.1 405"},
	} {
		if got := b.raw(c.request); !strings.HasPrefix(got, c.want) || !strings.Contains(c.want, "200") && strings.Contains(got, "hidden") {
			t.Errorf("%s: got %.80q, want %s", name, got, c.want)
		}
	}
}

// The server does not wait for a silent client, and such a client does not keep others out.
func TestSlowAndManyConnections(t *testing.T) {
	b := serve(t, time.Hour)
	address := strings.TrimPrefix(b.base, "http://")
	begun := time.Now()
	var open []net.Conn
	for range perPeer + 6 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "GET / HTT")
		open = append(open, c)
	}
	last := open[len(open)-1]
	last.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := last.Read(make([]byte, 1)); err == nil {
		t.Error("a connection too many was answered")
	}
	open[0].SetReadDeadline(time.Now().Add(10 * time.Second))
	io.ReadAll(open[0])
	if took := time.Since(begun); took < time.Second || took > 9*time.Second {
		t.Errorf("the slow one was waited for during %s", took)
	}
	for _, c := range open {
		c.Close()
	}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		b.mu.Lock()
		n := len(b.open)
		b.mu.Unlock()
		if n == 0 {
			break
		}
		if time.Now().After(until) {
			t.Fatal("connections are still counted")
		}
	}
	if got := b.key(); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestFiftyProgramsAreOneCall(t *testing.T) {
	b := serve(t, time.Hour)
	slow := make(chan struct{})
	b.src.set(func() { b.src.slow = slow })
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if got := b.key(); got != "1" {
				t.Errorf("got session %s", got)
			}
		})
	}
	time.AfterFunc(50*time.Millisecond, func() { close(slow) })
	wait.Wait()
	if n := b.src.count(); n != 1 {
		t.Errorf("the source was asked %d times", n)
	}
}

func TestWindow(t *testing.T) {
	for life, want := range map[time.Duration]time.Duration{
		20 * time.Second: 10 * time.Second, 15 * time.Minute: 450 * time.Second, 30 * time.Minute: 15 * time.Minute,
		32 * time.Minute: 16 * time.Minute, time.Hour: 16 * time.Minute, 12 * time.Hour: 72 * time.Minute, 0: 0,
	} {
		if got := window(life); got != want {
			t.Errorf("window(%s) = %s, want %s", life, got, want)
		}
	}
}

// While the old credentials are valid, the server delivers them and gets new ones in the
// background.
func TestRenewalBehind(t *testing.T) {
	b := serve(t, time.Hour)
	if got := b.key(); got != "1" {
		t.Fatal(got)
	}
	b.clock.pass(43 * time.Minute)
	if got := b.key(); got != "1" || b.src.count() != 1 {
		t.Errorf("with 17 minutes left: %s, %d calls", got, b.src.count())
	}
	slow := make(chan struct{})
	b.src.set(func() { b.src.slow = slow })
	b.clock.pass(2 * time.Minute)
	for range 3 {
		if got := b.key(); got != "1" {
			t.Errorf("while new ones are got: %s", got)
		}
	}
	close(slow)
	b.settled()
	if got := b.key(); got != "2" || b.src.count() != 2 {
		t.Errorf("afterwards: %s, %d calls", got, b.src.count())
	}
	if got, want := b.src.after[1], epoch.Add(time.Hour); !got.Equal(want) {
		t.Errorf("asked for some after %s, want %s", got, want)
	}
}

// Credentials from a cache are renewed according to the lifetime that they had when new.
func TestWhatIsThereAlready(t *testing.T) {
	had := Answer{Credentials: aws.Credentials{AccessKeyID: "ASIA0000000000000000", SecretAccessKey: "hidden", Expires: epoch.Add(10 * time.Minute)}, Life: time.Hour}
	b := serve(t, time.Hour, func(_ *Settings, g *Grant) { g.Have = had })
	if got := b.key(); got != "" {
		t.Errorf("at once: %s", got)
	}
	b.settled()
	if got := b.key(); got != "1" {
		t.Errorf("then: %s", got)
	}
}

// If AWS gives a shorter lifetime than requested, the next renewal is not due at once.
func TestLivesThatAreShorterThanPlanned(t *testing.T) {
	b := serve(t, time.Minute)
	b.src.wish = time.Hour
	b.key()
	for range 5 {
		b.key()
		b.settled()
	}
	if n := b.src.count(); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestAMachineThatSlept(t *testing.T) {
	b := serve(t, time.Hour)
	b.key()
	b.clock.pass(9 * time.Hour)
	if got := b.key(); got != "2" {
		t.Errorf("after a night: %s", got)
	}
	b.clock.pass(-9 * time.Hour) // the clock was wrong, and is set back
	if got := b.key(); got != "2" {
		t.Errorf("after the clock was set back: %s", got)
	}
}

func TestARequestIsHeldNoLongerThanAnSDKWaits(t *testing.T) {
	b := serve(t, time.Hour)
	slow := make(chan struct{})
	b.src.set(func() { b.src.slow = slow })
	begun := time.Now()
	status, body := b.get()
	if took := time.Since(begun); took < 1500*time.Millisecond || took > 1990*time.Millisecond {
		t.Errorf("held for %s", took)
	}
	if status != 503 || !strings.Contains(body, `"code":"Renewing"`) {
		t.Errorf("got %d %s", status, body)
	}
	close(slow)
	b.settled()
	if got := b.key(); got != "1" {
		t.Errorf("the next one: %s", got)
	}
}

func TestAPersonIsNeeded(t *testing.T) {
	b := serve(t, time.Hour)
	b.key()
	need := fault.NewPerson("MFA code needed", "vault refresh")
	b.src.set(func() { b.src.fail = need })
	b.clock.pass(50 * time.Minute)
	b.key()
	b.settled()
	b.clock.pass(5 * time.Minute)
	if got := b.key(); got != "1" {
		t.Errorf("while the old ones live: %s", got)
	}
	b.settled()
	if want := []string{"dev expires in 10m: MFA code needed"}; len(*b.told) != 1 || (*b.told)[0] != want[0] {
		t.Errorf("told %q, want %q", *b.told, want)
	}
	b.clock.pass(10 * time.Minute)
	status, body := b.get()
	if want := `{"code":"PersonNeeded","message":"vault: dev: MFA code needed"}`; status != 403 || body != want {
		t.Errorf("got %d %s, want %s", status, body, want)
	}
	calls := b.src.count()
	b.get()
	if b.src.count() != calls {
		t.Error("a failure that still counts led to a call")
	}
	b.src.set(func() { b.src.fail = nil })
	b.clock.pass(personCounts)
	if status, body := b.get(); status != 200 {
		t.Errorf("after they did it: %d %s", status, body)
	}
}

// A server asks nobody, with or without a terminal. It says what to type.
func TestWhatAPersonIsTold(t *testing.T) {
	const elsewhere = "; vault refresh, or vault use, in a terminal asks for it"
	for _, c := range []struct{ text, want string }{
		{`profile "dev" needs the MFA code of x, and there is no terminal to ask for it on`, `profile "dev" needs the MFA code of x` + elsewhere},
		{`keys of "plain": the keystore needs its passphrase, and there is no terminal to ask on`, `dev: keys of "plain": the keystore needs its passphrase` + elsewhere},
		{"profile is closed to agents: ask your user to do this", "dev: profile is closed to agents: ask your user to do this"},
		{"a \x1b[31mred one", "dev: a ?[31mred one"},
	} {
		if got := needed("dev", fault.NewPerson(c.text, "")); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestFailures(t *testing.T) {
	refusal := &awsapi.Error{Op: "AssumeRole", Status: 403, Code: "AccessDenied", Message: "not authorized"}
	for name, c := range map[string]struct {
		fail   error
		status int
		body   string
		counts time.Duration
	}{
		"AWS refuses":       {refusal, 403, `{"code":"AccessDenied","message":"vault: dev: AssumeRole: AccessDenied: not authorized"}`, 30 * time.Second},
		"AWS is asked less": {&awsapi.Error{Op: "AssumeRole", Status: 400, Code: "Throttling"}, 503, `{"code":"Unavailable","message":"vault: dev: AssumeRole: Throttling"}`, time.Second},
		"AWS is down":       {&awsapi.Error{Op: "AssumeRole", Status: 503, Code: "ServiceUnavailable"}, 503, `{"code":"Unavailable","message":"vault: dev: AssumeRole: ServiceUnavailable"}`, time.Second},
		"no network":        {errors.New("no such host"), 503, `{"code":"Unavailable","message":"vault: dev: no such host"}`, time.Second},
		"odd bytes":         {errors.New("\x1b[31mred\nline"), 503, "", time.Second},
	} {
		b := serve(t, time.Hour)
		b.src.set(func() { b.src.fail = c.fail })
		for range 5 {
			status, body := b.get()
			if status != c.status || c.body != "" && body != c.body || strings.ContainsAny(body, "\x1b\n") {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
		if n := b.src.count(); n != 1 {
			t.Errorf("%s: %d calls", name, n)
		}
		b.clock.pass(c.counts - time.Nanosecond)
		b.get()
		before := b.src.count()
		b.clock.pass(time.Nanosecond)
		b.get()
		if n := b.src.count(); before != 1 || n != 2 {
			t.Errorf("%s: %d calls just before it counts no more, %d after", name, before, n)
		}
	}
}

// A source without newer credentials is not asked at every request.
func TestASourceThatHasNothingNewer(t *testing.T) {
	b := serve(t, time.Hour)
	b.src.same = true
	b.key()
	b.clock.pass(50 * time.Minute)
	for range 20 {
		if got := b.key(); got != "1" {
			t.Fatal(got)
		}
		b.settled()
	}
	if n := b.src.count(); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestKeysThatDoNotExpireAreNotServed(t *testing.T) {
	b := serve(t, time.Hour)
	source := sourceFunc(func() (Answer, error) {
		return Answer{Credentials: aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "hidden"}}, nil
	})
	l := b.Grant(Grant{Name: "plain", Source: source})
	resp, body := b.ask("GET", l.Path(), "Authorization", l.Token)
	if resp.StatusCode != 403 || strings.Contains(body, "hidden") || !strings.Contains(body, "do not expire") {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
}

type sourceFunc func() (Answer, error)

func (f sourceFunc) Credentials(context.Context, time.Time) (Answer, error) { return f() }

// `off` may arrive while new credentials are on the way. A request that waits for them gets
// none, and neither does the next one.
func TestALeaseThatIsRevokedWhileARequestWaits(t *testing.T) {
	b := serve(t, time.Hour)
	b.key()
	slow := make(chan struct{})
	b.src.set(func() { b.src.slow = slow })
	b.clock.pass(2 * time.Hour)
	said := make(chan string)
	go func() {
		status, body := b.get()
		said <- fmt.Sprint(status, body)
	}()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) { // until it waits
		b.Server.mu.Lock()
		l := b.leases[b.lease.ID]
		b.Server.mu.Unlock()
		l.supply.mu.Lock()
		waits := l.flight != nil
		l.supply.mu.Unlock()
		if waits {
			break
		}
		if time.Now().After(end) {
			t.Fatal("nothing is got")
		}
	}
	b.Revoke(b.lease.ID)
	close(slow)
	if got := <-said; !strings.HasPrefix(got, "403") && !strings.HasPrefix(got, "503") || strings.Contains(got, "ASIA") {
		t.Errorf("the request that waited: %s", got)
	}
	if status, body := b.get(); status != 403 {
		t.Errorf("the next one: %d %s", status, body)
	}
}

func TestTheEndOfALease(t *testing.T) {
	b := serve(t, time.Hour)
	b.key()
	b.Retire(b.lease.ID)
	b.clock.pass(59 * time.Minute)
	if got := b.key(); got != "1" {
		t.Errorf("a lease whose owner has gone: %s", got)
	}
	b.clock.pass(time.Minute)
	if status, body := b.get(); status != 403 || !strings.Contains(body, "LeaseEnded") || b.src.count() != 1 {
		t.Errorf("once that has ended: %d %s, %d calls", status, body, b.src.count())
	}
	until := b.clock.Now().Add(time.Minute)
	timed := b.Grant(Grant{Name: "dev", Source: b.src, Until: until})
	if resp, _ := b.ask("GET", timed.Path(), "Authorization", timed.Token); resp.StatusCode != 200 {
		t.Errorf("before its time: %d", resp.StatusCode)
	}
	b.Revoke(timed.ID)
	if resp, _ := b.ask("GET", timed.Path(), "Authorization", timed.Token); resp.StatusCode != 403 {
		t.Errorf("revoked: %d", resp.StatusCode)
	}
	timed = b.Grant(Grant{Name: "dev", Source: b.src, Until: until})
	b.clock.pass(time.Minute)
	if resp, _ := b.ask("GET", timed.Path(), "Authorization", timed.Token); resp.StatusCode != 403 {
		t.Errorf("at its time: %d", resp.StatusCode)
	}
}

func TestRoles(t *testing.T) {
	roles := map[string]int{}
	b := serve(t, time.Hour, func(_ *Settings, g *Grant) {
		src := g.Source
		g.Role = func(arn string) (Source, error) {
			roles[arn]++
			return src, nil
		}
	})
	const arn = "arn:aws:iam::111122223333:role/path/admin"
	for range 3 {
		if resp, body := b.ask("GET", b.lease.Path()+"/role-arn/"+arn, "Authorization", b.lease.Token); resp.StatusCode != 200 {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	}
	if roles[arn] != 1 || b.src.count() != 1 {
		t.Errorf("made %d times, asked %d times", roles[arn], b.src.count())
	}
	for _, odd := range []string{"", "admin", "arn:aws:s3:::bucket", "arn:aws:iam::111122223333:user/ana", arn + "%0a"} {
		if resp, body := b.ask("GET", b.lease.Path()+"/role-arn/"+odd, "Authorization", b.lease.Token); resp.StatusCode != 400 {
			t.Errorf("%q: %d %s", odd, resp.StatusCode, body)
		}
	}
	plain := b.Grant(Grant{Name: "dev", Source: b.src})
	if resp, _ := b.ask("GET", plain.Path()+"/role-arn/"+arn, "Authorization", plain.Token); resp.StatusCode != 403 {
		t.Errorf("a lease without roles: %d", resp.StatusCode)
	}
	for i := range maxRoles + 1 {
		b.ask("GET", fmt.Sprintf("%s/role-arn/arn:aws:iam::111122223333:role/r%d", b.lease.Path(), i), "Authorization", b.lease.Token)
	}
	if len(roles) != maxRoles {
		t.Errorf("%d roles", len(roles))
	}
}

// Timers stop while a machine sleeps, so the server looks for due leases every half minute. It
// does not renew a lease that was never used.
func TestTend(t *testing.T) {
	pauses := make(chan time.Duration)
	goOn := make(chan struct{})
	b := serve(t, time.Hour, func(s *Settings, _ *Grant) {
		s.Wait = func(ctx context.Context, d time.Duration) error {
			select {
			case pauses <- d:
			case <-ctx.Done():
				return ctx.Err()
			}
			<-goOn
			return nil
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { b.Tend(ctx); close(done) }()
	step := func(want time.Duration, calls int) {
		t.Helper()
		if got := <-pauses; got != want {
			t.Errorf("waits %s, want %s", got, want)
		}
		b.settled()
		if n := b.src.count(); n != calls {
			t.Errorf("%d calls, want %d", n, calls)
		}
	}
	step(30*time.Second, 0)
	b.key()
	b.clock.pass(43*time.Minute + 50*time.Second)
	goOn <- struct{}{}
	step(10*time.Second, 1)
	b.clock.pass(10 * time.Second)
	goOn <- struct{}{}
	step(30*time.Second, 2)
	cancel()
	goOn <- struct{}{}
	<-done
}

func TestTheLog(t *testing.T) {
	var seen []Entry
	var mu sync.Mutex
	b := serve(t, time.Hour, func(s *Settings, _ *Grant) {
		s.Seen = func(e Entry) { mu.Lock(); seen = append(seen, e); mu.Unlock() }
	})
	b.key()
	b.ask("GET", "/l/x")
	b.ask("GET", b.lease.Path(), "Authorization", "wrong")
	b.ask("GET", b.lease.Path(), "Authorization", b.lease.Token, "Origin", "http://evil")
	for range lines {
		b.ask("GET", "/health")
	}
	mu.Lock()
	defer mu.Unlock()
	if e := seen[0]; e.Name != "dev" || e.Status != 200 || !e.Until.Equal(epoch.Add(time.Hour)) {
		t.Errorf("first: %+v", e)
	}
	const wrong = "unknown address or wrong token; perhaps the server was restarted, or vault off ended the lease"
	if e := seen[1]; e.Name != "" || e.Status != 403 || e.Why != wrong {
		t.Errorf("second: %+v", e)
	}
	if e := seen[2]; e.Name != "dev" || e.Status != 403 || e.Why != wrong {
		t.Errorf("a wrong token: %+v", e)
	}
	if e := seen[3]; e.Why != "requests with the header Origin are not answered" {
		t.Errorf("a web page: %+v", e)
	}
	if log := b.Answered(); len(log) != lines || log[0].Status != 200 {
		t.Errorf("%d lines, first %+v", len(log), log[0])
	}
	if text := fmt.Sprintf("%+v", b.Answered()); strings.Contains(text, b.lease.Token) || strings.Contains(text, "hidden") {
		t.Error("the log has secrets in it")
	}
}

// 0.0.0.0 must mean IPv4 only, although Go would listen at [::] for it.
func TestAnAddressOfIPv4IsNotOfIPv6(t *testing.T) {
	l, err := ListenOn(net.IPv4zero, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := l.Addr().(*net.TCPAddr).IP; got.To4() == nil {
		t.Errorf("it listens at %s", got)
	}
}

func TestWhatCanBeARole(t *testing.T) {
	for text, want := range map[string]bool{
		"arn:aws:iam::111122223333:role/deploy":      true,
		"arn:aws:iam::111122223333:role/a/b/deploy":  true,
		"arn:aws-cn:iam::111122223333:role/deploy-*": true,
		"arn:aws:iam::*:role/deploy-*":               true,
		"arn:*:role/deploy":                          true,
		"arn:aws:iam::1111*":                         true,
		"arn:aws:iam::111122223333:ro*":              true,
		"*":                                          true,
		"*/deploy":                                   true,
		"":                                           false,
		"foo":                                        false,
		"foo*":                                       false,
		"role/deploy-*":                              false,
		"arn:aws:iam::111122223333:user/jon":         false,
		"arn:aws:iam::111122223333:user/*":           false,
		"arn:aws:sts::111122223333:assumed-role/a/*": false,
		"arn:aws:iam:eu-west-1:111122223333:role/*":  false,
		"arn:aws:iam::1111:role/deploy":              false,
	} {
		if got := Role(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
