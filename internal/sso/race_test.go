package sso_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/sso"
)

// lies starts a server that always gives the same answer.
func (w *world) lies(status int, answer string) string {
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, answer)
	}))
	w.t.Cleanup(server.Close)
	return server.URL
}

// tokenFile returns the path and the text of the file with the token.
func (w *world) tokenFile() (path string, text []byte) {
	w.t.Helper()
	files, _ := filepath.Glob(filepath.Join(w.client.Dir, "*.json"))
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), `"accessToken"`) {
			return f, text
		}
	}
	w.t.Fatal("no token")
	return "", nil
}

func (w *world) write(text []byte) {
	w.t.Helper()
	path, _ := w.tokenFile()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// The AWS CLI takes no lock. If it renews at the same time, AWS refuses vault's refresh token,
// which works only once, and the file has the next token or will get it.
func TestTheCLIRenewsAtTheSameTime(t *testing.T) {
	ms := func(n ...time.Duration) (all []time.Duration) {
		for _, d := range n {
			all = append(all, d*time.Millisecond)
		}
		return all
	}
	const refused = "CreateToken: InvalidGrantException"
	for _, test := range []struct {
		name  string
		age   time.Duration // of the token; it lasts an hour
		after int           // the file is there after that many waits; -1: never
		later time.Duration // that the CLI has renewed it before
		needs bool          // a sign-in
		waits []time.Duration
		calls []string
	}{
		{"the file is there", 61 * time.Minute, 0, 0, false, nil, []string{refused, "GetRoleCredentials"}},
		{"a moment later", 61 * time.Minute, 1, 0, false, ms(100), []string{refused, "GetRoleCredentials"}},
		{"a second later", 61 * time.Minute, 4, 0, false, ms(100, 200, 400, 800), []string{refused, "GetRoleCredentials"}},
		{"never", 61 * time.Minute, -1, 0, true, ms(100, 200, 400, 800), []string{refused}},
		{"its successor is over, too", 61 * time.Minute, 0, 61 * time.Minute, false, nil, []string{refused, "CreateToken", "GetRoleCredentials"}},
		{"ours still lasts, and the file is there", 55 * time.Minute, 0, 0, false, nil, []string{refused, "GetRoleCredentials"}},
		{"ours still lasts", 55 * time.Minute, -1, 0, false, nil, []string{refused, "GetRoleCredentials"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.get()
			_, before := w.tokenFile()
			w.aws.Clock.Advance(test.age)
			w.client.Person = nil
			w.get() // as the CLI does
			_, after := w.tokenFile()
			w.write(before)
			w.aws.Clock.Advance(test.later)
			w.aws.Reset()
			wait := w.wait
			w.wait = func(ctx context.Context, d time.Duration) error {
				if len(w.waits)+1 == test.after {
					w.write(after)
				}
				return wait(ctx, d)
			}
			w.sends = func(r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/token") && test.after == 0 && len(w.aws.Operations()) == 0 {
					w.write(after)
				}
			}
			_, err := w.client.RoleCredentials(t.Context(), w.session, account, "Admin")
			if needed := (*sso.NeededError)(nil); test.needs != errors.As(err, &needed) || !test.needs && err != nil {
				t.Errorf("%v, needs a sign-in: %t", err, test.needs)
			}
			if d := cmp.Diff(test.calls, w.aws.Operations()); d != "" {
				t.Errorf("calls (-want +got):\n%s", d)
			}
			if fmt.Sprint(w.waits) != fmt.Sprint(test.waits) || len(w.tabs) != 1 {
				t.Errorf("waited %v, want %v; %d tabs", w.waits, test.waits, len(w.tabs))
			}
		})
	}
}

// A page from a proxy does not count as a refusal. Vault uses a token that is still valid, and
// an expired token is no reason to sign in.
func TestAProxyDoesNotEndASignIn(t *testing.T) {
	for _, status := range []int{400, 401, 403} {
		w := newWorld(t)
		w.get()
		w.client.Person = nil
		l := w.lies(status, "<html>proxy")
		oidc := w.session.OIDC
		w.session.OIDC = l
		w.aws.Clock.Advance(55 * time.Minute)
		w.get()
		w.aws.Clock.Advance(10 * time.Minute)
		if err := w.fails(); !strings.HasSuffix(err.Error(), fmt.Sprintf("is not AWS's (HTTP %d)", status)) {
			t.Errorf("HTTP %d: %v", status, err)
		}
		w.session.OIDC, w.session.Portal = oidc, l
		if err := w.fails(); !strings.HasSuffix(err.Error(), fmt.Sprintf("is not AWS's (HTTP %d)", status)) || len(w.tabs) != 1 {
			t.Errorf("portal: HTTP %d: %v", status, err)
		}
	}
}

// If the file cannot be written, vault does not use up a refresh token. It uses a token that
// is still valid.
func TestNothingCanBeKept(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("to run this test: do not be root, nor on Windows")
	}
	w := newWorld(t)
	w.get()
	w.client.Person = nil
	path, _ := w.tokenFile()
	if err := os.Chmod(w.client.Dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(w.client.Dir, 0o700) })
	w.aws.Reset()
	w.aws.Clock.Advance(55 * time.Minute)
	w.get()
	w.aws.Clock.Advance(6 * time.Minute)
	if err := w.fails(); err.Error() != "keep the sign-in: write "+path+": permission denied" {
		t.Error(err)
	}
	w.called("GetRoleCredentials")
	_ = os.Chmod(w.client.Dir, 0o700)
	w.get()
}
