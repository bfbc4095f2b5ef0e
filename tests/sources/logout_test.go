//go:build unix

package sources

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a sign-out promises: the credentials of roles that were got with the
// sign-in are forgotten, so that nothing is handed out, and the next sign-in asks
// for new ones.
func TestSigningOutForgetsTheCredentialsOfRoles(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"one": {"sso", "logout", "corp"}, "all": {"sso", "logout", "--all"}, "by a profile": {"sso", "logout", "sso"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.signIn("corp")
			p.Fake.Reset()
			p.ok("export", "sso")
			p.ok("export", "sso") // cached
			if ops, _ := p.credentialCalls(); !cmp.Equal(ops, []string{"GetRoleCredentials"}) {
				t.Fatalf("before: %v", ops)
			}
			if out := p.ok("list", "--sessions"); !strings.Contains(out, "sso.GetRoleCredentials") {
				t.Fatalf("before: sessions are %q", out)
			}

			p.ok(args...)
			if out := p.ok("list", "--sessions"); strings.Contains(out, "sso.") {
				t.Errorf("a session of a role is left: %q", out)
			}
			if out, errs, status := p.vault("export", "sso"); status != 3 || out != "" {
				t.Errorf("signed out, and status %d, %d bytes of credentials\n%s", status, len(out), errs)
			}

			p.signIn("corp")
			p.Fake.Reset()
			p.ok("export", "sso")
			if ops, _ := p.credentialCalls(); !cmp.Equal(ops, []string{"GetRoleCredentials"}) {
				t.Errorf("signed in again: %v", ops)
			}
		})
	}
}
