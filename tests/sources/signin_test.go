//go:build unix

package sources

import (
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
)

// Who sees the address of a sign-in can sign the person in as someone else. It is on
// the terminal only: the browser is started with the address of a page of ours.
func TestTheAddressOfASignInIsNoArgument(t *testing.T) {
	for _, args := range [][]string{{"sso", "login", "corp"}, {"sso", "login", "corp", "--use-device-code"}, {"sso", "login", "sso-old"}} {
		p := newPlace(t)
		if shown, status := p.onTerminal(nil, args...); status != 0 {
			t.Fatalf("%q: status %d\n%s", args, status, shown)
		}
		opened, err := os.ReadFile(p.tabs)
		if err != nil {
			t.Fatal(err)
		}
		page := strings.TrimSpace(string(opened))
		if u, err := url.Parse(page); err != nil || u.Hostname() != "127.0.0.1" || len(u.Path) != 44 || u.RawQuery != "" || strings.Contains(page, "\n") {
			t.Errorf("%q: the browser was started with %q", args, page)
		}
		if _, err := awsfake.Visit(t.Context(), page, ann, true); err == nil {
			t.Errorf("%q: the page is there still", args)
		}
	}
}

// Another user who knows all of the address neither signs in in the person's place,
// nor ends the wait.
func TestAnotherUserAnswersNoSignIn(t *testing.T) {
	need.Root(t, "to become another user")
	if runtime.GOOS != "linux" {
		t.Skip("there, the state of the address is what a browser must know")
	}
	curl := need.Program(t, "curl", "curl")
	p := newPlace(t)
	s := p.screen(nil, "sso", "login", "corp", "--no-browser")
	address := s.asked()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	back, state := u.Query().Get("redirect_uri"), u.Query().Get("state")
	for _, answer := range []string{"error=access_denied", "code=mallorys"} {
		cmd := exec.Command(curl, "-s", "--noproxy", "*", "--max-time", "20", back+"?state="+url.QueryEscape(state)+"&"+answer)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err := cmd.CombinedOutput(); err == nil || len(out) > 0 {
			t.Errorf("%s: another user gets %v %s", answer, err, out)
		}
	}
	if _, err := awsfake.Visit(t.Context(), address, ann, true); err != nil {
		t.Fatal(err)
	}
	if status := s.ends(); status != 0 {
		t.Errorf("status %d\n%s", status, s.text())
	}
	s.shows("signed in to corp")
}
