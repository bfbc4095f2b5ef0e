//go:build unix

package serve

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/internal/fault"
)

func TestListenUnix(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	l, err := ListenUnix(path, false)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := ListenUnix(path, false); err == nil || err.Error() != "another server listens on "+path {
		t.Errorf("a second one: %v", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as if it had been killed
	l.Close()
	again, err := ListenUnix(path, false)
	if err != nil {
		t.Fatalf("where one was left behind: %v", err)
	}
	again.Close()

	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ListenUnix(path, false); err == nil || !strings.Contains(err.Error(), "is not a socket") {
		t.Errorf("where a file is: %v", err)
	}
	if text, err := os.ReadFile(path); string(text) != "mine" {
		t.Errorf("the file: %q, %v", text, err)
	}
	for at, want := range map[string]string{
		filepath.Join(dir, "none", "s"): "the socket's directory " + filepath.Join(dir, "none") + ": no such file or directory",
		filepath.Join(path, "s"):        "the socket's directory " + path + " is not a directory",
	} {
		if _, err := ListenUnix(at, false); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", at, err, want)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := ListenUnix(filepath.Join(dir, "other"), true); err == nil || !strings.Contains(err.Error(), "can be entered by others") {
		t.Errorf("for others, where all can enter: %v", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	wide, err := ListenUnix(filepath.Join(dir, "wide"), true)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "wide")); err != nil || info.Mode().Perm() != 0o666 {
		t.Errorf("for others: %v, %v", info.Mode(), err)
	}
	wide.Close()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := ListenUnix(filepath.Join(dir, "other"), false); err == nil || !strings.Contains(err.Error(), "others can replace") {
		t.Errorf("in a directory of all: %v", err)
	}
}

// socket serves two profiles on a socket, and returns a client for it.
func socket(t *testing.T, life time.Duration) (bench, *Remote) {
	b := serve(t, life)
	path := filepath.Join(t.TempDir(), "s")
	l, err := ListenUnix(path, false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.Serve(ctx, l) }()
	b.Grant(Grant{Name: "a b/c", Source: b.src})
	remote, err := Connect(path, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		remote.client.CloseIdleConnections()
		cancel()
		<-done
	})
	return b, remote
}

func TestTheOtherEndOfASocket(t *testing.T) {
	b, remote := socket(t, time.Hour)
	names, err := remote.Profiles(t.Context())
	if err != nil || len(names) != 2 || names[0] != (Named{"a b/c", ""}) || names[1] != (Named{"dev", "eu-west-1"}) {
		t.Errorf("%v, %v", names, err)
	}
	for _, name := range []string{"dev", "a b/c"} {
		got, err := remote.Source(name).Credentials(t.Context(), time.Time{})
		if err != nil || got.SecretAccessKey != "hidden" || got.SessionToken != "token" || !got.Expires.Equal(epoch.Add(time.Hour)) || got.Account != "111122223333" || got.RoleARN != "arn:aws:iam::111122223333:role/reader" {
			t.Errorf("%s: %v %v, %v", name, got, got.Expires, err)
		}
	}
	if _, err := remote.Source("nosuch").Credentials(t.Context(), time.Time{}); err == nil || err.Error() != "no such profile is served here" {
		t.Errorf("another: %v", err)
	}
	b.src.set(func() { b.src.fail = fault.NewPerson("MFA code needed", "") })
	b.clock.pass(2 * time.Hour)
	_, err = remote.Source("dev").Credentials(t.Context(), time.Time{})
	if !NeedsPerson(err) || err.Error() != "MFA code needed" {
		t.Errorf("a person: %v", err)
	}
}

// A forwarded port has another name at the other end. The server sees its own name.
func TestTheOtherEndOfAPort(t *testing.T) {
	b := serve(t, time.Hour)
	forwarded := strings.Replace(b.base, "127.0.0.1", "localhost", 1)
	remote, err := Connect(forwarded+b.lease.Path(), b.lease.Token)
	if err != nil {
		t.Fatal(err)
	}
	defer remote.client.CloseIdleConnections()
	if got, err := remote.Source("remote").Credentials(t.Context(), time.Time{}); err != nil || got.SecretAccessKey != "hidden" {
		t.Errorf("%v, %v", got, err)
	}
	for _, odd := range []string{"https://h:1/l/x", "http://h/l/x", "http://h:1/", "ftp://h:1/l/x", "http://%zz:1/l/x", "http://user:pw@h:1/l/x"} {
		if _, err := Connect(odd, "x"); err == nil {
			t.Errorf("%s is taken", odd)
		}
	}
	if _, err := Connect(b.base+"/l/x", ""); err == nil {
		t.Error("no token is needed")
	}
}

// The other end may answer anything.
func TestAnOddOtherEnd(t *testing.T) {
	answer := func(status int, body string) error {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			w.Write([]byte(body))
		}))
		defer server.Close()
		remote, err := Connect(server.URL+"/l/x", "token")
		if err != nil {
			t.Fatal(err)
		}
		defer remote.client.CloseIdleConnections()
		_, err = remote.Source("x").Credentials(t.Context(), time.Time{})
		return err
	}
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{200, "<html>", "the answer is not that of a vault serve"},
		{200, "{}", "the server's answer contains no credentials"},
		{200, `{"AccessKeyId":"a\nb","SecretAccessKey":"x","Expiration":"2026-11-28T12:00:00Z"}`, "the server's answer contains no credentials"},
		{200, strings.Repeat(" ", 65<<10) + "{}", "the answer is not that of a vault serve"},
		{200, `{"AccessKeyId":"ASIA","SecretAccessKey":"a\nb","Token":"t","Expiration":"2026-11-28T12:00:00Z"}`, "the server's answer contains no credentials"},
		{200, `{"AccessKeyId":"ASIA","SecretAccessKey":"x","Token":"` + strings.Repeat("t", 17<<10) + `","Expiration":"2026-11-28T12:00:00Z"}`, "the server's answer contains no credentials"},
		{200, `{"AccessKeyId":"ASIA","SecretAccessKey":"x","Token":"t"}`, "the server's answer contains no credentials"},
		{200, `{"AccessKeyId":"ASIA","SecretAccessKey":"x","Token":"t","Expiration":"2026-11-28T12:00:00Z","AccountId":"x\n"}`, "the answer is not that of a vault serve"},
		{200, `{"AccessKeyId":"ASIA","SecretAccessKey":"x","Token":"t","Expiration":"2026-11-28T12:00:00Z","RoleArn":"r\r\nX: y"}`, "the answer is not that of a vault serve"},
		{302, "", "the server answers with HTTP 302"},
		{403, `{"code":"AccessDenied","message":"vault: dev: no\u001b[31m"}`, "dev: no?[31m"},
		{500, "secret text", "the server answers with HTTP 500"},
	} {
		if err := answer(c.status, c.body); err == nil || err.Error() != c.want {
			t.Errorf("%d %.40q: %v, want %s", c.status, c.body, err, c.want)
		}
	}
	remote, err := Connect(filepath.Join(t.TempDir(), "none"), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := remote.Profiles(t.Context()); err == nil || !strings.Contains(err.Error(), "the server cannot be reached") || !errors.Is(err, os.ErrNotExist) || !strings.Contains(fault.HintOf(err), "vault serve") {
		t.Errorf("nobody there: %v", err)
	}
}

// Names and regions from the other end become variables.
func TestOddNamesOfTheOtherEnd(t *testing.T) {
	for _, body := range []string{
		`[{"profile":"a\nb"}]`, `[{"profile":""}]`, `[{"profile":"dev","region":"eu/evil"}]`, `[{"profile":"dev","region":"eu\n\u001b]0;T"}]`, `{}`, `[]`,
	} {
		path := filepath.Join(t.TempDir(), "s")
		l, err := ListenUnix(path, false)
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(body)) })}
		done := make(chan error)
		go func() { done <- server.Serve(l) }()
		remote, err := Connect(path, "")
		if err != nil {
			t.Fatal(err)
		}
		if names, err := remote.Profiles(t.Context()); err == nil {
			t.Errorf("%s: %q", body, names)
		}
		remote.client.CloseIdleConnections()
		server.Close()
		<-done
	}
}

// Vault asks for roles through the other end if the server allows them. A refusal by the
// server stays a refusal, which SDKs do not retry.
func TestRolesThroughTheOtherEnd(t *testing.T) {
	b, remote := socket(t, time.Hour)
	const allowed, other = "arn:aws:iam::111122223333:role/a/b", "arn:aws:iam::111122223333:role/other"
	b.Grant(Grant{Name: "roles", Source: b.src, Role: func(arn string) (Source, error) {
		if arn != allowed {
			return nil, ErrNoRole
		}
		return b.src, nil
	}})
	ask := func(name, arn string) error {
		source, err := remote.Role(name)(arn)
		if err != nil {
			t.Fatal(err)
		}
		_, err = source.Credentials(t.Context(), time.Time{})
		return err
	}
	if err := ask("roles", allowed); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"roles": "that role cannot be asked for here", "dev": "roles cannot be asked for here"} {
		err := ask(name, other)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
		if o := failed("x", err); o.status != http.StatusForbidden || !strings.Contains(string(o.body), `"code":"Refused"`) {
			t.Errorf("%s: handed on as %d %s", name, o.status, o.body)
		}
	}
}

// A server before another server uses the lease that programs already have.
func TestALeaseOfAnotherServer(t *testing.T) {
	b := serve(t, time.Hour)
	lease, ok := ParseLease(b.lease.Path(), b.lease.Token)
	if !ok || lease != b.lease {
		t.Fatalf("%+v", lease)
	}
	front := serve(t, time.Hour)
	if got := front.Grant(Grant{Name: "front", Source: front.src, As: lease}); got != lease {
		t.Errorf("it is another: %+v", got)
	}
	if resp, _ := front.ask("GET", lease.Path(), "Authorization", lease.Token); resp.StatusCode != 200 {
		t.Errorf("%d", resp.StatusCode)
	}
	for _, odd := range []Lease{{"", lease.Token}, {lease.ID + "a", lease.Token}, {"../" + lease.ID[3:], lease.Token}, {lease.ID, ""}, {lease.ID, lease.Token[1:] + "\n"}} {
		if _, ok := ParseLease(odd.Path(), odd.Token); ok {
			t.Errorf("%+v is taken", odd)
		}
	}
}
