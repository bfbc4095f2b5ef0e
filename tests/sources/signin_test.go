//go:build unix

package sources

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

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

// identities are the calls that ask AWS whose credentials are.
func (p *place) identities() (n int) {
	for _, c := range p.Fake.Calls() {
		if c.Operation == "GetCallerIdentity" {
			n++
		}
	}
	return n
}

// The first role after a sign-in tells who signed in. Another person is refused,
// until the person says that they want to be them.
func TestWhoSignedIn(t *testing.T) {
	p := newPlace(t)
	bob := p.Fake.Center(startURL).AddPerson("bob@example.com")
	bob.Assign(p.Fake.Account(account), "Admin", time.Hour)
	asBob := []string{"VAULT_TEST_PERSON=bob@example.com"}
	export := func(want int) (said string) {
		t.Helper()
		_, said, status := p.vault("export", "--fresh", "sso")
		if status != want {
			t.Fatalf("status %d, want %d: %s", status, want, said)
		}
		return said
	}
	p.signIn("corp")
	if n := p.identities(); n != 0 {
		t.Errorf("%d calls before a role is wanted", n)
	}
	if said := export(0); !strings.Contains(said, "signed in to corp as "+ann) || p.identities() != 1 {
		t.Errorf("%d calls, %q", p.identities(), said)
	}
	if said := export(0); strings.Contains(said, "signed in") || p.identities() != 1 {
		t.Errorf("the second time: %d calls, %q", p.identities(), said)
	}
	p.signIn("corp") // anew, as the same person
	if said := export(0); !strings.Contains(said, "signed in to corp as "+ann) || p.identities() != 2 {
		t.Errorf("after another sign-in: %d calls, %q", p.identities(), said)
	}

	if shown, status := p.onTerminal(asBob, "sso", "login", "corp"); status != 0 {
		t.Fatalf("status %d\n%s", status, shown)
	}
	said := export(1)
	if !strings.Contains(said, `"corp" is signed in as bob@example.com, and was ann@example.com before`) ||
		!strings.Contains(said, "  hint: vault sso login corp --switch-user   if you want to be bob@example.com; else without the flag") {
		t.Errorf("another person: %q", said)
	}
	if said := export(3); !strings.Contains(said, `"corp" needs a sign-in`) { // the AWS CLI has no token of theirs either
		t.Errorf("after the refusal: %q", said)
	}

	p.signIn("corp")
	if said := export(0); !strings.Contains(said, "signed in to corp as "+ann) {
		t.Errorf("as ann again: %q", said)
	}
	if shown, status := p.onTerminal(asBob, "sso", "login", "corp", "--switch-user"); status != 0 {
		t.Fatalf("status %d\n%s", status, shown)
	}
	before := len(p.Fake.Calls())
	_, said, status := p.vault("export", "sso") // not what ann has in the cache
	if status != 0 || !strings.Contains(said, "signed in to corp as bob@example.com") || len(p.Fake.Calls()) == before {
		t.Errorf("switched: status %d, %q", status, said)
	}
	if who := p.whoAmI(p.export("sso")); !strings.HasSuffix(who, "/bob@example.com") {
		t.Errorf("one is %s", who)
	}
}

// A token that another tool has put there is looked at too, and left where it is.
func TestWhoIsSignedInByTheCLI(t *testing.T) {
	p := newPlace(t)
	bob := p.Fake.Center(startURL).AddPerson("bob@example.com")
	bob.Assign(p.Fake.Account(account), "Admin", time.Hour)
	p.signIn("corp")
	p.ok("export", "--fresh", "sso")
	other := newPlaceOf(p, "bob@example.com")
	theirs, err := filepath.Glob(filepath.Join(other, "*.json"))
	if err != nil || len(theirs) == 0 {
		t.Fatal("bob has no token", err)
	}
	for _, path := range theirs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p.write(filepath.Join(p.Home, ".aws", "sso", "cache", filepath.Base(path)), string(text))
	}
	for range 2 {
		_, said, status := p.vault("export", "--fresh", "sso")
		if status != 1 || !strings.Contains(said, `"corp" is signed in as bob@example.com, and was ann@example.com before`) {
			t.Errorf("status %d, %q", status, said)
		}
	}
}

// newPlaceOf has another person sign in, in another home, and gives the directory of
// their tokens.
func newPlaceOf(p *place, person string) string {
	p.t.Helper()
	home := filepath.Join(p.Dir, "other")
	for _, dir := range []string{"", ".aws"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o700); err != nil {
			p.t.Fatal(err)
		}
	}
	shown, status := p.onTerminal([]string{"HOME=" + home, "AWS_CONFIG_FILE=" + filepath.Join(p.Home, ".aws", "config"), "VAULT_TEST_PERSON=" + person}, "sso", "login", "corp")
	if status != 0 {
		p.t.Fatalf("status %d\n%s", status, shown)
	}
	return filepath.Join(home, ".aws", "sso", "cache")
}
