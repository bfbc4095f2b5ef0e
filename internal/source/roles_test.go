package source_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/source"
	"awsvault/internal/sso"
	"awsvault/internal/vault"
)

func TestRolesOfIdentityCenter(t *testing.T) {
	a := sso.Assignment{Role: "admin"}
	a.Account.ID, a.Account.Name, a.Account.Email = "111122223333", "dev", "d@example.com"
	got := source.Roles(sso.Assigned{Roles: []sso.Assignment{a}, Left: []sso.Left{{Account: "444455556666", Text: "why"}}})
	want := vault.SSORoles{
		Roles: []vault.SSORole{{Account: "111122223333", AccountName: "dev", Email: "d@example.com", Role: "admin"}},
		Left:  []string{"444455556666"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestWhatASignInWouldTake(t *testing.T) {
	soon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	expiry := func(time.Time) string { return "expires soon" }
	for _, c := range []struct {
		until     time.Time
		renewable bool
		err       error
		want      string
	}{
		{soon, true, errors.New("damaged"), "damaged"},
		{time.Time{}, true, nil, "not signed in: opens a page in the browser"},
		{soon, true, nil, "signed in, and renews by itself"},
		{soon, false, nil, "signed in, expires soon"},
	} {
		if got := source.SignedIn(c.until, c.renewable, c.err, expiry); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
