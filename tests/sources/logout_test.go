//go:build unix

package sources

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// Whichever tool signs out: nothing that was got with the sign-in is handed out, the
// roles on top of it included, and a new sign-in gets everything anew.
func TestAfterASignOutByAnyToolNothingIsHandedOut(t *testing.T) {
	t.Parallel()
	vaultSignsOut := func(p *place) { p.ok("sso", "logout", "corp") }
	cliSignsOut := func(p *place) { // what `aws sso logout` does to the files
		for _, path := range p.tokenFiles() {
			if err := os.Remove(path); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	for name, signOut := range map[string]func(*place){"vault": vaultSignsOut, "the AWS CLI": cliSignsOut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.signIn("corp")
			p.export("sso-chain")
			p.Fake.Reset()
			p.export("sso-chain")
			p.export("sso")
			if ops, _ := p.credentialCalls(); len(ops) > 0 {
				t.Fatalf("before, not cached: %v", ops)
			}
			signOut(p)
			for _, profile := range []string{"sso", "sso-role", "sso-chain"} {
				if out, errs, status := p.vault("export", profile); status != 3 || out != "" || !strings.Contains(errs, `"corp" needs a sign-in`) {
					t.Errorf("%s: status %d, %d bytes of credentials\n%s", profile, status, len(out), errs)
				}
				if said := p.explain(profile); said.Calls == 0 {
					t.Errorf("explain finds a session of %s", profile)
				}
			}
			// Not even if nothing of vault ran between the two.
			p.signIn("corp")
			p.Fake.Reset()
			p.export("sso-role")
			if ops, _ := p.credentialCalls(); !cmp.Equal(ops, []string{"GetRoleCredentials", "AssumeRole"}) {
				t.Errorf("signed in again: %v", ops)
			}
			p.export("sso-role")
			if ops, _ := p.credentialCalls(); len(ops) != 2 {
				t.Errorf("and cached again: %v", ops)
			}
		})
	}
}

// A renewal is no sign-out: what was got with the old token stays, and costs no call.
func TestARenewedTokenIsTheSameSignIn(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.signIn("corp")
	p.export("sso-role")
	for range 2 {
		for _, path := range p.tokenFiles() {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			old := regexp.MustCompile(`"expiresAt": ?"[^"]*"`).ReplaceAll(text, []byte(`"expiresAt": "2001-01-01T00:00:00Z"`))
			p.write(path, string(old))
		}
		p.Fake.Reset()
		p.ok("export", "sso", "--fresh")
		if ops := p.allCalls(); !slices.Contains(ops, "CreateToken") {
			t.Fatalf("the token was not renewed: %v", ops)
		}
		p.Fake.Reset()
		p.export("sso-role")
		if ops, _ := p.credentialCalls(); len(ops) > 0 {
			t.Errorf("after a renewal: %v", ops)
		}
	}
}

// The same of `aws logout`, which removes its file.
func TestAfterAnAWSLogoutNothingIsHandedOut(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.export("login-chain")
	p.Fake.Reset()
	p.export("login-role")
	if ops, _ := p.credentialCalls(); len(ops) > 0 {
		t.Fatalf("before, not cached: %v", ops)
	}
	if err := os.RemoveAll(filepath.Join(p.Home, ".aws", "login", "cache")); err != nil {
		t.Fatal(err)
	}
	for _, profile := range []string{"login", "login-role", "login-chain"} {
		if out, errs, status := p.vault("export", profile); status != 3 || out != "" {
			t.Errorf("%s: status %d, %d bytes of credentials\n%s", profile, status, len(out), errs)
		}
	}
}

// tokenFiles are the files of sign-ins to IAM Identity Center.
func (p *place) tokenFiles() []string {
	p.t.Helper()
	all, err := filepath.Glob(filepath.Join(p.Home, ".aws", "sso", "cache", "*.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(path string) bool {
		text, err := os.ReadFile(path)
		return err != nil || !strings.Contains(string(text), `"accessToken"`)
	})
}

// allCalls are the operations that were called.
func (p *place) allCalls() (ops []string) {
	for _, c := range p.Fake.Calls() {
		ops = append(ops, c.Operation)
	}
	return ops
}

// The folder of `aws login` is expanded as the AWS CLI does it, where sessions are
// looked up too.
func TestTheFolderOfSignInsIsExpanded(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"$HOME/lc", "${HOME}/lc", "~/lc", "lc"} {
		p := newPlace(t)
		if err := os.Rename(filepath.Join(p.Home, ".aws", "login", "cache"), filepath.Join(p.Home, "lc")); err != nil {
			t.Fatal(err)
		}
		p.env = append(p.env, "AWS_LOGIN_CACHE_DIRECTORY="+dir)
		p.export("login-role")
		p.Fake.Reset()
		p.export("login-role")
		if ops, _ := p.credentialCalls(); len(ops) > 0 {
			t.Errorf("%s: not cached, %v", dir, ops)
		}
	}
}
