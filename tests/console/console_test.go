//go:build unix

// Package console has browsers open what `vault console` gives them, against the fake AWS.
package console

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/chromium"
	"awsvault/tests/need"
	"awsvault/tests/world"
)

const patience = 30 * time.Second

// started is what a browser was started with.
type started struct{ Args, Environ []string }

// TestMain lets the test program be the browser: it tells what it was started
// with, and the test decides what comes of it.
func TestMain(m *testing.M) {
	if path := os.Getenv("VAULT_TEST_STARTED"); path != "" {
		text, err := json.Marshal(started{os.Args[1:], os.Environ()})
		if err == nil {
			err = os.WriteFile(path+".new", text, 0o600)
		}
		if err == nil {
			err = os.Rename(path+".new", path)
		}
		if err != nil || os.Getenv("VAULT_TEST_FAILS") != "" {
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// run is vault, waiting for its browser.
type run struct {
	t      *testing.T
	w      *world.World
	cmd    *exec.Cmd
	stdout strings.Builder
	stderr strings.Builder
	told   string // file
	ended  chan error
}

func console(t *testing.T, w *world.World, env []string, args ...string) *run {
	t.Helper()
	r := &run{t: t, w: w, told: filepath.Join(w.Dir, "started"), ended: make(chan error, 1)}
	_ = os.Remove(r.told)
	r.cmd = exec.Command(w.Vault, args...)
	r.cmd.Env = w.Environ(append([]string{"BROWSER=" + os.Args[0], "VAULT_TEST_STARTED=" + r.told, "AWS_VAULT_SESSION_BACKEND=file"}, env...)...)
	r.cmd.Dir = w.Home
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.ended <- r.cmd.Wait() }()
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	return r
}

// started waits until the browser has been started.
func (r *run) started() started {
	r.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(r.told)
		if err != nil {
			continue
		}
		var s started
		if err := json.Unmarshal(text, &s); err != nil {
			r.t.Fatal(err)
		}
		return s
	}
	r.t.Fatalf("no browser was started: %s", r.stderr.String())
	return started{}
}

// end waits until vault has ended.
func (r *run) end(status int) {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(patience):
		r.t.Fatal("it does not end")
	}
	if got := r.cmd.ProcessState.ExitCode(); got != status {
		r.t.Fatalf("status %d, want %d: %s", got, status, r.stderr.String())
	}
	if r.stdout.Len() > 0 {
		r.t.Errorf("stdout has %q", r.stdout.String())
	}
	if strings.Contains(r.stderr.String(), "SigninToken") {
		r.t.Errorf("the address is on stderr: %s", r.stderr.String())
	}
	if left, err := os.ReadDir(filepath.Join(r.w.Dir, "tmp")); err != nil || len(left) > 0 {
		r.t.Errorf("left in TMPDIR: %v %v", left, err)
	}
}

// address is the one argument of the browser, which is no secret.
func (r *run) address() string {
	r.t.Helper()
	s := r.started()
	for _, arg := range append(s.Args, s.Environ...) {
		if strings.Contains(arg, "SigninToken") || strings.Contains(arg, "federation?") {
			r.t.Errorf("the browser was started with %s", arg)
		}
	}
	if len(s.Args) != 1 || !strings.HasPrefix(s.Args[0], "http://127.0.0.1:") {
		r.t.Fatalf("the browser was started with %q", s.Args)
	}
	return s.Args[0]
}

// A real browser comes by the page of vault to the console, and is who the profile is.
func TestRealBrowser(t *testing.T) {
	b := chromium.Start(t)
	w := world.New(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"console", "dev", "-s", "s3"}, "arn:aws:sts::111122223333:assumed-role/reader/vault-tester until "},
		{[]string{"login", "plain"}, "arn:aws:sts::111122223333:federated-user/vault-tester until "},
	} {
		r := console(t, w, nil, c.args...)
		address := r.address()
		b.Open(address)
		b.WaitText(c.want)
		r.end(0)
		if strings.Contains(b.Address(), strings.TrimPrefix(address, "http://")) {
			t.Errorf("the browser is still at %s", b.Address())
		}
		if c.args[0] == "console" && !strings.Contains(b.Text(), "eu-central-1.console.aws.amazon.com/s3/home?region=eu-central-1") {
			t.Errorf("the page shows %s", b.Text())
		}
		if !strings.HasPrefix(r.stderr.String(), "Opening the console of "+c.args[1]+" in ") || !strings.Contains(r.stderr.String(), "\n✓  "+c.args[1]+"  console  ") || !strings.Contains(r.stderr.String(), "  expires ") {
			t.Errorf("stderr says %q", r.stderr.String())
		}
	}
}

// The page is there for one visit of this user.
func TestTheAddressIsHandedOverOnce(t *testing.T) {
	w := world.New(t)
	r := console(t, w, []string{"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"}, "console", "dev")
	address := r.address()
	if os.Geteuid() == 0 && runtime.GOOS == "linux" {
		curl := exec.Command(need.Program(t, "curl", "curl"), "-s", "-i", "--max-time", "20", "--noproxy", "*", address)
		curl.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := curl.CombinedOutput()
		if err == nil || len(out) > 0 {
			t.Errorf("another user gets %v %s", err, out)
		}
		flood(t, address)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if to := resp.Header.Get("Location"); resp.StatusCode != 303 || !strings.HasPrefix(to, w.Fake.URL+"/federation?") || !strings.Contains(to, "SigninToken=") {
		t.Errorf("got %d %s", resp.StatusCode, to)
	}
	r.end(0)
	if _, err := client.Get(address); err == nil {
		t.Error("the page is still there")
	}
}

// flood has another user open connections to the page, and keep them, until the test
// ends. It returns when there have been hundreds.
func flood(t *testing.T, address string) {
	t.Helper()
	port := regexp.MustCompile(`:(\d+)/`).FindStringSubmatch(address)[1]
	cmd := exec.Command(need.Program(t, "bash", "bash"), "-c", "for ((n = 0; ; n++)); do exec {c}<>/dev/tcp/127.0.0.1/"+port+" || sleep 1; ((n != 500)) || echo; done")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Stderr = nil
	begun, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	if _, err := begun.Read(make([]byte, 1)); err != nil {
		t.Fatal("no flood:", err)
	}
}

// What the activation set is not the browser's, nor the keystore's passphrase.
func TestTheBrowserGetsNoSecrets(t *testing.T) {
	w := world.New(t)
	out, errs, status := w.Run([]string{"AWS_VAULT_SESSION_BACKEND=file"}, "exec", "dev", "--", "/usr/bin/env", "-0")
	if status != 0 {
		t.Fatal(errs)
	}
	var inside []string
	for _, pair := range strings.Split(out, "\x00") {
		if strings.HasPrefix(pair, "AWS_") {
			inside = append(inside, pair)
		}
	}
	w.Fake.Reset()
	// Inside a profile no name is needed.
	r := console(t, w, append(inside, "AWS_REGION=us-west-2"), "console")
	address := r.address()
	for _, pair := range r.started().Environ {
		name, _, _ := strings.Cut(pair, "=")
		switch name {
		case "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_VAULT", "AWS_VAULT_SHELL_STATE", "AWS_VAULT_FILE_PASSPHRASE":
			t.Errorf("the browser has %s", name)
		}
	}
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(page), "assumed-role/reader/") || !strings.Contains(string(page), "us-west-2.console.aws.amazon.com") {
		t.Errorf("%v %s", err, page)
	}
	r.end(0)
}

func TestABrowserThatFails(t *testing.T) {
	w := world.New(t)
	r := console(t, w, []string{"VAULT_TEST_FAILS=1"}, "console", "dev")
	r.end(1)
	if got := r.stderr.String(); !strings.Contains(got, "did not open the page: exit status 3") || !strings.Contains(got, "hint: --stdout") {
		t.Errorf("stderr says %s", got)
	}
}

func TestInterrupted(t *testing.T) {
	w := world.New(t)
	r := console(t, w, nil, "console", "dev")
	address := r.address()
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	r.end(130)
	if _, err := http.Get(address); err == nil {
		t.Error("the page is still there")
	}
}

// The portal's page has no secret in it, and nothing is called for it.
func TestPortal(t *testing.T) {
	w := world.New(t)
	if err := w.WriteConfig(`[profile sso]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Admin
region = eu-west-1
`); err != nil {
		t.Fatal(err)
	}
	r := console(t, w, nil, "console", "sso", "--portal", "-s", "s3")
	want := "https://example.awsapps.com/start/#/console?account_id=111122223333&destination=https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fs3%2Fhome%3Fregion%3Deu-west-1&role_name=Admin"
	if got := r.started().Args; len(got) != 1 || got[0] != want {
		t.Errorf("the browser was started with %q, want %s", got, want)
	}
	r.end(0)
	if calls := w.Fake.Operations(); len(calls) > 0 {
		t.Errorf("called %v", calls)
	}
}

// A browser of one's choice gets its flags; what it opens is the same page.
func TestContainersAndProfiles(t *testing.T) {
	w := world.New(t)
	bin := filepath.Join(w.Dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"firefox", "google-chrome"} {
		if err := os.Symlink(os.Args[0], filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	path := "PATH=" + bin + ":" + os.Getenv("PATH")
	for _, c := range []struct {
		args []string
		want []string // before the page
	}{
		{[]string{"--container", "a b"}, []string{"ext+container:name=a%20b&url=http%3A%2F%2F127.0.0.1%3A"}},
		{[]string{"--browser=firefox", "--browser-profile=work"}, []string{"-P", "work", "http://127.0.0.1:"}},
		{[]string{"--browser=chrome", "--browser-profile=Profile 1", "--incognito"}, []string{"--profile-directory=Profile 1", "--incognito", "http://127.0.0.1:"}},
	} {
		r := console(t, w, []string{path}, append([]string{"console", "dev"}, c.args...)...)
		got := r.started().Args
		for i, arg := range c.want {
			if len(got) != len(c.want) || !strings.HasPrefix(got[i], arg) {
				t.Fatalf("%q: the browser was started with %q", c.args, got)
			}
		}
		_ = r.cmd.Process.Signal(os.Interrupt)
		r.end(130)
	}
}
