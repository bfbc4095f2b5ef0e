package sso_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/sso"
)

// whoWorld is a world that reports the owner of credentials, and records it.
type whoWorld struct {
	*world
	person string // who it tells
	fails  error
	asked  int
	told   []string
	warned []string
}

func newWhoWorld(t *testing.T) *whoWorld {
	w := &whoWorld{world: newWorld(t), person: "ann@example.com"}
	w.client.People = filepath.Join(t.TempDir(), "state", "signins")
	w.client.Who = func(context.Context, aws.Credentials) (string, error) {
		w.asked++
		return w.person, w.fails
	}
	w.client.Told = func(line string) { w.told = append(w.told, line) }
	w.client.Warn = func(err error) { w.warned = append(w.warned, err.Error()) }
	return w
}

// try gets credentials and returns the error, or the message for the person.
func (w *whoWorld) try() string {
	w.t.Helper()
	w.told, w.warned = nil, nil
	_, err := w.client.RoleCredentials(w.t.Context(), w.session, account, "Admin")
	if err != nil {
		return err.Error()
	}
	return strings.Join(append(w.told, w.warned...), "; ")
}

func (w *whoWorld) says(want string, asked int) {
	w.t.Helper()
	if got := w.try(); got != want || w.asked != asked {
		w.t.Errorf("%q, and AWS was asked %d times; want %q, %d", got, w.asked, want, asked)
	}
}

const refusal = `"corp" is signed in as mallory@example.com, and was ann@example.com before`

func TestWhoIsAskedOncePerSignIn(t *testing.T) {
	w := newWhoWorld(t)
	w.says("signed in to corp as ann@example.com", 1)
	w.says("", 1)
	w.client.Person = nil // renewals are of the same sign-in
	for range 3 {
		w.aws.Clock.Advance(55 * time.Minute)
		w.says("", 1)
	}
	w.client.Person = w.world.person(false)
	if _, err := w.client.Login(t.Context(), w.session); err != nil {
		t.Fatal(err)
	}
	w.says("signed in to corp as ann@example.com", 2)
	w.says("", 2)
}

// A renewal before the first role does not hide a new sign-in.
func TestWhoSignedInIsSaidAfterARenewal(t *testing.T) {
	w := newWhoWorld(t)
	if _, err := w.client.Login(t.Context(), w.session); err != nil {
		t.Fatal(err)
	}
	w.aws.Clock.Advance(55 * time.Minute)
	if _, err := w.client.Assignments(t.Context(), w.session, nil); err != nil {
		t.Fatal(err)
	}
	w.says("signed in to corp as ann@example.com", 1)
}

// A token that has replaced the refused one stays.
func TestOnlyTheRefusedTokenIsRemoved(t *testing.T) {
	w := newWhoWorld(t)
	w.try()
	if _, err := w.client.Login(t.Context(), w.session); err != nil {
		t.Fatal(err)
	}
	who := w.client.Who
	w.client.Who = func(ctx context.Context, c aws.Credentials) (string, error) {
		w.client.Who = nil // the person signs in once more meanwhile
		if _, err := w.client.Login(ctx, w.session); err != nil {
			t.Error(err)
		}
		return "mallory@example.com", nil
	}
	w.says(refusal, 1)
	w.client.Who = who
	w.says("signed in to corp as ann@example.com", 2)
}

// If the background finds out who signed in, the next command reports it, and nobody is asked
// again.
func TestWhoSignedInIsSaidWhereItIsHeard(t *testing.T) {
	w := newWhoWorld(t)
	told := w.client.Told
	w.client.Told = nil
	w.says("", 1)
	w.aws.Clock.Advance(55 * time.Minute)
	w.says("", 1)
	w.client.Told = told
	w.says("signed in to corp as ann@example.com", 1)
	w.says("", 1)
	w.client.Told = nil
	w.person = "mallory@example.com"
	if _, err := w.client.Login(t.Context(), w.session); err != nil {
		t.Fatal(err)
	}
	w.says(refusal, 2)
}

func TestAnotherPersonIsRefused(t *testing.T) {
	w := newWhoWorld(t)
	w.try()
	w.person = "mallory@example.com"
	if _, err := w.client.Login(t.Context(), w.session); err != nil {
		t.Fatal(err)
	}
	_, err := w.client.RoleCredentials(t.Context(), w.session, account, "Admin")
	other := (*sso.OtherPersonError)(nil)
	if !errors.As(err, &other) || err.Error() != refusal || fault.HintOf(err) != "vault sso login corp --switch-user   if you want to be mallory@example.com; else without the flag" {
		t.Fatalf("%v, hint %q", err, fault.HintOf(err))
	}
	if hint := fault.HintOf((&sso.OtherPersonError{Is: "m", Was: "a"}).For("my profile")); !strings.HasPrefix(hint, "vault sso login 'my profile' --switch-user ") {
		t.Errorf("settings of the old kind: hint %q", hint)
	}
	if expires, _, err := w.client.Token(w.session); err != nil || !expires.IsZero() {
		t.Errorf("the token is there until %v, %v", expires, err)
	}
	// Who signs in next is the person from before, spelled as they like, or is wanted.
	w.person = "Ann@Example.com"
	w.says("signed in to corp as Ann@Example.com", 3)
	w.person = "mallory@example.com"
	w.client.SwitchUser = true
	if _, err := w.client.Login(t.Context(), w.session); err != nil {
		t.Fatal(err)
	}
	w.client.SwitchUser = false
	w.says("signed in to corp as mallory@example.com", 4)
	w.person = "ann@example.com"
	w.says("", 4)
}

// The person is still known after a sign-out, because that is when another person could sign
// in.
func TestASignOutForgetsNoPerson(t *testing.T) {
	w := newWhoWorld(t)
	w.try()
	if _, err := w.client.Logout(t.Context(), w.session); err != nil {
		t.Fatal(err)
	}
	w.person = "mallory@example.com"
	w.says(refusal, 2)
}

func TestWhoIsNotKnown(t *testing.T) {
	w := newWhoWorld(t)
	w.fails = errors.New("no network")
	const warning = "vault cannot tell who is signed in to corp: no network"
	w.says(warning, 1)
	w.says(warning, 2)
	w.fails = nil
	w.says("signed in to corp as ann@example.com", 3)
	w.client.Who = nil // a command that does not want to know
	w.says("", 3)
}

// A name is data.
func TestThePersonIsPrintable(t *testing.T) {
	w := newWhoWorld(t)
	w.person = "a\x1b[31m\u202e" + strings.Repeat("x", 500)
	if got := w.try(); strings.ContainsAny(got, "\x1b\u202e") || len(got) > 260 {
		t.Errorf("%q", got)
	}
	w.says("", 1)
}

// Another Identity Center with the same name has other people.
func TestPeopleAreOfOneIdentityCenter(t *testing.T) {
	w := newWhoWorld(t)
	w.try()
	const elsewhere = "https://elsewhere.awsapps.com/start"
	center := w.aws.AddCenter(elsewhere, "eu-west-1")
	center.AddPerson("mallory@example.com").Assign(w.aws.Account(account), "Admin", time.Hour)
	w.session.StartURL, w.person = elsewhere, "mallory@example.com"
	w.says("signed in to corp as mallory@example.com", 2)
}

// Vault ignores a record that another user could have written, or that is damaged. If nothing
// can be kept, vault asks AWS each time.
func TestWhatIsKeptOfPeople(t *testing.T) {
	w := newWhoWorld(t)
	w.try()
	files, err := os.ReadDir(w.client.People)
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	path := filepath.Join(w.client.People, files[0].Name())
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(){
		"damaged":             func() { os.WriteFile(path, []byte(`{"person":"x`), 0o600) },
		"huge":                func() { os.WriteFile(path, fmt.Appendf(nil, `{"person":"mallory@example.com"%5000s}`, ""), 0o600) },
		"a name that is none": func() { os.WriteFile(path, []byte(`{"person":"a\u001b[31m"}`), 0o600) },
	} {
		damage()
		w.asked = 0
		w.says("", 1)
		if now, _ := os.ReadFile(path); string(now) != string(text) {
			t.Errorf("%s: it is %q now", name, now)
		}
	}
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes there")
	}
	for p, mode := range map[string]fs.FileMode{path: 0o600, w.client.People: 0o700} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", p, info, err)
		}
	}
	w.person = "mallory@example.com"
	for p, modes := range map[string][2]fs.FileMode{path: {0o622, 0o600}, w.client.People: {0o777, 0o700}} {
		os.Chmod(p, modes[0])
		w.asked = 0
		w.says("", 1)
		os.Chmod(p, modes[1])
		os.WriteFile(path, text, 0o600)
	}
	w.client.People = ""
	w.asked = 0
	w.says("", 1)
	w.says("", 2)
}
