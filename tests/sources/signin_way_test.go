//go:build unix

package sources

import (
	"slices"
	"strings"
	"testing"
)

// Where nobody is signed in and there is no terminal: an IDE, cron, a
// credential_process. Only a profile that says so opens a browser then.
func TestSigningInWithoutATerminal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		setting, variable string
		opens             bool
		status            int
		says              string
	}{
		"unless told":                    {"", "", false, 3, `vault: "corp" needs a sign-in`},
		"told so":                        {"vault_sign_in = terminal", "", false, 3, `vault: "corp" needs a sign-in`},
		"in a browser":                   {"vault_sign_in = browser", "", true, 0, "Sign in to corp:"},
		"by the variable":                {"", "AWS_VAULT_SIGN_IN=browser", true, 0, "Sign in to corp:"},
		"the variable goes first":        {"vault_sign_in = browser", "AWS_VAULT_SIGN_IN=never", false, 3, `vault: "corp" needs a sign-in`},
		"never":                          {"vault_sign_in = never", "", false, 3, "hint: vault sso login corp"},
		"what is no way":                 {"vault_sign_in = page", "", false, 1, `vault_sign_in is "page", it must be terminal, browser or never`},
		"a variable that is none either": {"", "AWS_VAULT_SIGN_IN=x", false, 1, `AWS_VAULT_SIGN_IN: vault_sign_in is "x", it must be terminal, browser or never`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.config(strings.Replace(p.configText(), "[profile sso]\n", "[profile sso]\n"+c.setting+"\n", 1))
			p.env = append(slices.Clone(p.env), c.variable)
			if c.variable == "" {
				p.env = p.env[:len(p.env)-1]
			}
			_, errs, status := p.vault("export", "sso")
			if status != c.status || !strings.Contains(errs, c.says) {
				t.Errorf("status %d, want %d\n%s\nwant %s", status, c.status, errs, c.says)
			}
			if opened := p.opened() > 0; opened != c.opens {
				t.Errorf("a browser was opened: %v", opened)
			}
			if c.opens {
				if _, _, status := p.vault("export", "sso-role"); status != 0 {
					t.Errorf("signed in, and a role on top has status %d", status)
				}
			}
		})
	}
}

// At a terminal too, never is never.
func TestNeverSignsInAtATerminalEither(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	out, status := p.onTerminal([]string{"AWS_VAULT_SIGN_IN=never"}, "export", "sso")
	if status != 3 || p.opened() > 0 || !strings.Contains(out, "vault sso login corp") {
		t.Errorf("status %d, %d browsers\n%s", status, p.opened(), out)
	}
}

// A sign-in that is asked for by its name needs no terminal.
func TestAnExplicitSignInNeedsNoTerminal(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	if _, errs, status := p.vault("sso", "login", "corp"); status != 0 || p.opened() != 1 {
		t.Fatalf("status %d, %d browsers\n%s", status, p.opened(), errs)
	}
	p.ok("export", "sso")
}
