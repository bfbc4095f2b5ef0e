package signin_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
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

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/signin"
	"awsvault/tests/awsfake"
)

// world is a user who has signed in with `aws login`, with a client.
type world struct {
	t       *testing.T
	aws     *awsfake.Server
	user    *awsfake.User
	path    string
	client  *signin.Client
	session signin.Session
	sends   func(*http.Request)
	waits   []time.Duration
	wait    func()
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, aws: awsfake.Start(t, awsfake.Options{Clock: awsfake.ClockAt(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))})}
	w.user = w.aws.Account("111122223333").AddUser("ann")
	login := w.user.Login("eu-west-1")
	dir := t.TempDir()
	w.path = filepath.Join(dir, login.FileName)
	w.write(login.File)
	w.session = signin.Session{ARN: login.Session, Profile: "ann", Services: []signin.Service{{URL: w.aws.RegionURL("eu-west-1"), Region: "eu-west-1"}}}
	w.client = &signin.Client{
		Dir: dir, Now: w.aws.Clock.Now, Rand: rand.Reader,
		API: &awsapi.Client{
			HTTP: func() (*http.Client, error) { return &http.Client{Transport: w}, nil }, Now: w.aws.Clock.Now,
			Sleep: func(ctx context.Context, d time.Duration) error {
				w.waits = append(w.waits, d)
				if w.wait != nil {
					w.wait()
				}
				return ctx.Err()
			},
		},
		Lock: func(context.Context) (func(), error) { return func() {}, nil },
	}
	return w
}

func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.sends != nil {
		w.sends(r)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (w *world) write(text []byte) {
	w.t.Helper()
	if err := os.WriteFile(w.path, text, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read() []byte {
	w.t.Helper()
	text, err := os.ReadFile(w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

func (w *world) get() (aws.Credentials, error) { return w.client.Credentials(w.t.Context(), w.session) }

// Credentials with more than five minutes left are delivered unchanged. With five or less,
// they are renewed and the file gets the new ones.
func TestRenewal(t *testing.T) {
	for _, test := range []struct {
		age     time.Duration // they last 15 minutes
		renewed bool
	}{{0, false}, {10*time.Minute - time.Second, false}, {10 * time.Minute, true}, {15 * time.Minute, true}, {3 * time.Hour, true}} {
		w := newWorld(t)
		old, err := w.get()
		if err != nil || !awsapi.Session(old) || !old.Expires.Equal(w.aws.Clock.Now().Add(15*time.Minute)) {
			t.Fatalf("%v until %s, %v", old, old.Expires, err)
		}
		before := w.read()
		w.aws.Clock.Advance(test.age)
		got, err := w.get()
		if err != nil || (got != old) != test.renewed || test.renewed && !got.Expires.Equal(w.aws.Clock.Now().Add(15*time.Minute)) {
			t.Errorf("after %s: %v until %s, %v", test.age, got, got.Expires, err)
		}
		if until, err := w.client.Until(w.session); err != nil || !until.Equal(got.Expires) {
			t.Errorf("after %s: until %s, %v", test.age, until, err)
		}
		if (string(before) != string(w.read())) != test.renewed {
			t.Errorf("after %s: the file is %s", test.age, w.read())
		}
		if !test.renewed {
			continue
		}
		var was, is map[string]any
		if json.Unmarshal(before, &was) != nil || json.Unmarshal(w.read(), &is) != nil {
			t.Fatal("not JSON")
		}
		if was["refreshToken"] == is["refreshToken"] {
			t.Error("the refresh token is the old one")
		}
		delete(was, "refreshToken")
		delete(is, "refreshToken")
		for _, doc := range []map[string]any{was, is} {
			for _, name := range []string{"accessKeyId", "secretAccessKey", "sessionToken", "expiresAt"} {
				delete(doc["accessToken"].(map[string]any), name)
			}
		}
		if d := cmp.Diff(was, is); d != "" || is["idToken"] == nil || is["accessToken"].(map[string]any)["accountId"] != "111122223333" {
			t.Errorf("other fields (-before +after):\n%s", d)
		}
		if again, err := w.get(); again != got || err != nil {
			t.Errorf("the second time: %v, %v", again, err)
		}
	}
}

// A file that another user owns or can write decides nothing, and vault makes no call.
func TestFilesOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes there")
	}
	w := newWorld(t)
	for mode, flaw := range map[os.FileMode]string{0o600: "", 0o640: "", 0o644: "", 0o620: fmt.Sprintf("can be written by group %d", os.Getgid()), 0o602: "can be written by everybody", 0o666: "can be written by everybody"} {
		if err := os.Chmod(w.path, mode); err != nil {
			t.Fatal(err)
		}
		want := ""
		if flaw != "" {
			want = w.path + " " + flaw + ": remove it, and sign in again"
		}
		if got, err := w.get(); want == "" && err != nil || want != "" && (fmt.Sprint(err) != want || got != (aws.Credentials{})) {
			t.Errorf("%o: %v, %v, want %s", mode, got, err, want)
		}
	}
	if os.Geteuid() == 0 {
		_ = os.Chmod(w.path, 0o600)
		if err := os.Chown(w.path, 4242, -1); err != nil {
			t.Fatal(err)
		}
		if _, err := w.get(); fmt.Sprint(err) != w.path+" belongs to user 4242: remove it, and sign in again" {
			t.Error(err)
		}
	}
	if len(w.aws.Operations()) > 0 {
		t.Errorf("called %v", w.aws.Operations())
	}
}

// The AWS CLI takes no lock. If it renews at the same time, AWS refuses vault's refresh token,
// which works only once, and the file has the next token or will get it.
func TestTheCLIRenewsAtTheSameTime(t *testing.T) {
	ms := time.Millisecond
	const refused = "CreateOAuth2Token: ValidationException"
	for _, test := range []struct {
		name  string
		age   time.Duration
		after int           // the file is there after that many waits; -1: never
		later time.Duration // that the CLI has renewed it before
		want  string        // old, new, newer, or the error
		waits []time.Duration
		calls []string
	}{
		{"the file is there", 16 * time.Minute, 0, 0, "new", nil, []string{refused}},
		{"a moment later", 16 * time.Minute, 1, 0, "new", []time.Duration{100 * ms}, []string{refused}},
		{"a second later", 16 * time.Minute, 4, 0, "new", []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms}, []string{refused}},
		{"never", 16 * time.Minute, -1, 0, `the sign-in of profile "ann" cannot be renewed in eu-west-1, perhaps because it was made in another region`,
			[]time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms}, []string{refused}},
		{"its successor is over, too", 16 * time.Minute, 0, 16 * time.Minute, "newer", nil, []string{refused, "CreateOAuth2Token"}},
		{"ours still last, and the file is there", 12 * time.Minute, 0, 0, "new", nil, []string{refused}},
		{"ours still last", 12 * time.Minute, -1, 0, "old", nil, []string{refused}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			old, _ := w.get()
			before := w.read()
			w.aws.Clock.Advance(test.age)
			fresh, err := w.get() // as the CLI does
			if err != nil {
				t.Fatal(err)
			}
			after := w.read()
			w.write(before)
			w.aws.Clock.Advance(test.later)
			w.aws.Reset()
			w.wait = func() {
				if len(w.waits) == test.after {
					w.write(after)
				}
			}
			w.sends = func(*http.Request) {
				if test.after == 0 && len(w.aws.Operations()) == 0 {
					w.write(after)
				}
			}
			got, err := w.get()
			which := map[bool]string{true: "newer"}[got.SecretAccessKey != ""]
			switch {
			case err != nil:
				which = err.Error()
			case got == old:
				which = "old"
			case got == fresh:
				which = "new"
			}
			if which != test.want || err == nil && !got.Expires.After(w.aws.Clock.Now()) {
				t.Errorf("got %s until %s, want %s", which, got.Expires, test.want)
			}
			if d := cmp.Diff(test.calls, w.aws.Operations()); d != "" || fmt.Sprint(w.waits) != fmt.Sprint(test.waits) {
				t.Errorf("waited %v, want %v; calls (-want +got):\n%s", w.waits, test.waits, d)
			}
		})
	}
}

// A sign-in is renewed in its own region, which is one of two, and never in a third one.
func TestRegion(t *testing.T) {
	for _, test := range []struct {
		regions []string
		says    string
		calls   int
	}{
		{[]string{"eu-west-1"}, "", 1},
		{[]string{"eu-west-1", "us-east-1"}, "", 1},
		{[]string{"us-east-1", "eu-west-1"}, "", 2},
		{[]string{"us-east-1", "us-west-2"}, `the sign-in of profile "ann" cannot be renewed in us-east-1 or us-west-2, perhaps because it was made in another region`, 2},
		{[]string{"us-east-1"}, `the sign-in of profile "ann" cannot be renewed in us-east-1, perhaps because it was made in another region`, 1},
	} {
		w := newWorld(t)
		w.session.Services = nil
		for _, region := range test.regions {
			w.session.Services = append(w.session.Services, signin.Service{URL: w.aws.RegionURL(region), Region: region})
		}
		w.aws.Clock.Advance(16 * time.Minute)
		_, err := w.get()
		if said := fmt.Sprint(err); err == nil != (test.says == "") || err != nil && said != test.says || len(w.aws.Operations()) != test.calls {
			t.Errorf("%v: %v after %v, want %s", test.regions, err, w.aws.Operations(), test.says)
		}
	}
}

// Without an answer of AWS, vault uses credentials that are still valid. Expired ones are no
// reason to sign in.
func TestNoAnswer(t *testing.T) {
	w := newWorld(t)
	old, _ := w.get()
	w.aws.Clock.Advance(12 * time.Minute)
	w.aws.Arm(awsfake.Fault{Kind: awsfake.Unavailable, Operation: "CreateOAuth2Token", Count: 8})
	if got, err := w.get(); got != old || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	w.aws.Clock.Advance(4 * time.Minute)
	_, err := w.get()
	needed := (*signin.NeededError)(nil)
	if errors.As(err, &needed) || !strings.HasPrefix(fmt.Sprint(err), "CreateOAuth2Token: ServiceUnavailableException") && !strings.HasPrefix(fmt.Sprint(err), "CreateOAuth2Token: server_error") {
		t.Errorf("%v", err)
	}
	if got, err := w.get(); err != nil || got == old {
		t.Errorf("%v, %v", got, err)
	}
}

// If the file cannot be written, vault does not use up a refresh token. It uses credentials
// that are still valid.
func TestNothingCanBeKept(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("to run this test: do not be root, nor on Windows")
	}
	w := newWorld(t)
	old, _ := w.get()
	if err := os.Chmod(w.client.Dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(w.client.Dir, 0o700) })
	w.aws.Clock.Advance(12 * time.Minute)
	if got, err := w.get(); got != old || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	w.aws.Clock.Advance(4 * time.Minute)
	if _, err := w.get(); fmt.Sprint(err) != "keep the sign-in: write "+w.path+": permission denied" {
		t.Errorf("%v", err)
	}
	if calls := w.aws.Operations(); len(calls) > 0 {
		t.Errorf("called %v", calls)
	}
	_ = os.Chmod(w.client.Dir, 0o700)
	if _, err := w.get(); err != nil {
		t.Error(err)
	}
}

// When a sign-in has ended, vault says why, and what to type.
func TestOver(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(w *world)
		want string
	}{
		"gone":     {func(w *world) { _ = os.Remove(w.path) }, "is missing"},
		"broken":   {func(w *world) { w.write([]byte("{")) }, "cannot be read (not JSON)"},
		"a list":   {func(w *world) { w.write([]byte("[]")) }, "cannot be read (not JSON)"},
		"too long": {func(w *world) { w.write([]byte(strings.Repeat(" ", 300<<10))) }, "cannot be read (longer than 256 KiB)"},
		"a token with a line": {func(w *world) {
			w.write([]byte(strings.Replace(string(w.read()), `"sessionToken":"`, `"sessionToken":"a\n`, 1)))
		}, "cannot be read (the credentials are not credentials)"},
		"expired": {func(w *world) { w.aws.Clock.Advance(13 * time.Hour) }, "has expired"},
	} {
		w := newWorld(t)
		test.end(w)
		_, err := w.get()
		needed := (*signin.NeededError)(nil)
		if !errors.As(err, &needed) || err.Error() != `the sign-in of profile "ann" `+test.want || needed.Hint() != "aws login --profile ann" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The hint names the profile as one word.
func TestHint(t *testing.T) {
	for profile, want := range map[string]string{"ann": "aws login --profile ann", "a b": "aws login --profile 'a b'", "$x`id`": "aws login --profile '$x`id`'"} {
		if got := (&signin.NeededError{Session: signin.Session{Profile: profile}}).Hint(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// An answer that cannot be credentials is not kept.
func TestAnswers(t *testing.T) {
	answer := func(id, secret, token string, life int, refresh string) string {
		text, _ := json.Marshal(map[string]any{"accessToken": map[string]string{"accessKeyId": id, "secretAccessKey": secret, "sessionToken": token}, "expiresIn": life, "refreshToken": refresh})
		return string(text)
	}
	const none = "CreateOAuth2Token: the answer has no credentials in it"
	for name, test := range map[string]struct{ answer, want string }{
		"good":                         {answer("ASIAX", "s", "t", 900, "r"), ""},
		"no new refresh token":         {answer("ASIAX", "s", "t", 900, ""), ""},
		"no secret":                    {answer("ASIAX", "", "t", 900, "r"), none},
		"a line in the secret":         {answer("ASIAX", "a\nb", "t", 900, "r"), none},
		"a token of 16 KiB + 1":        {answer("ASIAX", "s", strings.Repeat("t", 16<<10+1), 900, "r"), none},
		"a refresh token with a blank": {answer("ASIAX", "s", "t", 900, "r r"), none},
		"no life":                      {answer("ASIAX", "s", "t", 0, "r"), none},
		"a life of a day":              {answer("ASIAX", "s", "t", 86400, "r"), none},
		"too long":                     {strings.Repeat(" ", 64<<10+1), "CreateOAuth2Token: the answer of HOST is longer than 64 KiB"},
		"a page":                       {"<html>", "CreateOAuth2Token: the answer of HOST is not AWS's"},
	} {
		w := newWorld(t)
		w.aws.Clock.Advance(16 * time.Minute)
		before := w.read()
		server := lies(t, test.answer)
		w.session.Services[0].URL = server
		_, err := w.get()
		said := ""
		if err != nil {
			said = strings.ReplaceAll(err.Error(), strings.TrimPrefix(server, "http://"), "HOST")
		}
		if said != test.want || (string(before) == string(w.read())) != (test.want != "") {
			t.Errorf("%s: %q, want %q; the file is %s", name, said, test.want, w.read())
		}
	}
}

// lies starts a server that always gives the same answer.
func lies(t *testing.T, answer string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }))
	t.Cleanup(server.Close)
	return server.URL
}
