package shells

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/tests/world"
)

// protected is a profile that is only used by name, beside those of the world.
const protected = world.Config + "\n[profile prodx]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = plain\nvault_protected = true\n"

// stateFile is the key with which states are authenticated.
func stateFile(w *world.World) string {
	return filepath.Join(w.Home, ".local", "state", "awsvault", "state-key")
}

// A state that another program could have written activates nothing: ssh with
// AcceptEnv, a loader of .env files, a container's settings. (A prompt activated a
// protected profile.)
func TestAForgedStateActivatesNothing(t *testing.T) {
	spell := func(json string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(json))
	}
	origin := base64.StdEncoding.EncodeToString([]byte("/x/.awsprofile"))
	outer := `{"profile":"dev","about":{"origin":"` + origin + `","outer":{"profile":"prodx"}},"vars":{}}`
	expired := `{"profile":"prodx","about":{},"vars":{}}`
	forged := map[string][]string{
		"a protected outer profile": {"AWS_VAULT_SHELL_STATE=1." + spell(outer)},
		"the same, of this version": {"AWS_VAULT_SHELL_STATE=2." + spell(outer) + "."},
		"with a proof":              {"AWS_VAULT_SHELL_STATE=2." + spell(outer) + "." + strings.Repeat("A", 43)},
		"an expired profile":        {"AWS_VAULT_SHELL_STATE=1." + spell(expired), "AWS_CREDENTIAL_EXPIRATION=2020-01-01T00:00:00Z"},
		"and of this version":       {"AWS_VAULT_SHELL_STATE=2." + spell(expired) + ".", "AWS_CREDENTIAL_EXPIRATION=2020-01-01T00:00:00Z"},
	}
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		if err := w.WriteConfig(protected); err != nil {
			t.Fatal(err)
		}
		dir := project(t, w, "untrusted", "dev\n")
		for name, vars := range forged {
			s := start(t, k, w, vars...)
			s.enters(3)
			s.cd(dir)
			s.cd(w.Home)
			for _, v := range []string{"AWS_VAULT", "AWS_ACCESS_KEY_ID"} {
				if got, _ := value(s.exported(), v); got != "" {
					t.Errorf("%s: %s is %q", name, v, got)
				}
			}
			if text := s.all(); strings.Contains(text, "(prodx") || strings.Contains(text, "(PROD") || strings.Contains(text, "role/reader") {
				t.Errorf("%s: it seems active:\n%s", name, text)
			}
			// Nor does it keep the question for the name away.
			s.typed("vault use prodx\r")
			s.expect(`prodx is protected \(account 111122223333\). Type its name to continue: `)
			s.typed("\r")
			s.expect(`that is not "prodx"`)
			s.tty.Close()
		}
		if calls := w.Fake.Operations(); len(calls) != 0 {
			t.Errorf("calls: %v", calls)
		}
	})
}

// A state of a shell that is gone, from an old .env, renews nothing, and its
// directory brings nothing back.
func TestAReplayedStateActivatesNothing(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		if err := w.WriteConfig(protected); err != nil {
			t.Fatal(err)
		}
		dir := project(t, w, "pay", "dev\n")
		o := start(t, k, w)
		o.ok("vault allow " + quoted(k.name, dir))
		o.typed("vault use prodx\r")
		o.expect(`Type its name to continue: `)
		o.typed("prodx\r")
		o.expect(`role/reader`)
		o.enters(1)
		prod, _ := value(o.exported(), "AWS_VAULT_SHELL_STATE")
		var all []string // keys and all
		for _, v := range o.exported() {
			if strings.HasPrefix(v, "AWS_") {
				all = append(all, v)
			}
		}
		o.cd(dir)
		inside, _ := value(o.exported(), "AWS_VAULT_SHELL_STATE")
		var here []string // the same inside the directory
		for _, v := range o.exported() {
			if strings.HasPrefix(v, "AWS_") {
				here = append(here, v)
			}
		}
		if o.active() != "dev" {
			t.Fatalf("%q is active", o.active())
		}
		// A protected profile comes back by name only, in the shell that had it too.
		const said = "vault: prodx was active before and is not brought back: it is protected. Run: vault use prodx"
		if out := o.said(func() { o.cd(w.Home) }); o.active() != "" || strings.Count(out, said) != 1 {
			t.Errorf("it left the directory, %q is active: %q", o.active(), out)
		}
		o.tty.Close()
		s := start(t, k, w, here...)
		s.enters(2)
		if out := s.all(); s.active() != "" || strings.Count(out, said) != 1 || strings.Contains(out, "(PROD") {
			t.Errorf("a directory's, with its keys: %q is active:\n%s", s.active(), out)
		}
		s.tty.Close()
		w.Fake.Operations()
		w.Fake.Reset()

		for name, vars := range map[string][]string{
			"without its keys":              {"AWS_VAULT_SHELL_STATE=" + prod},
			"without its keys, and expired": {"AWS_VAULT_SHELL_STATE=" + prod, "AWS_CREDENTIAL_EXPIRATION=2020-01-01T00:00:00Z"},
			"with other keys":               {"AWS_VAULT_SHELL_STATE=" + prod, "AWS_ACCESS_KEY_ID=AKIAOTHER", "AWS_SECRET_ACCESS_KEY=x", "AWS_CREDENTIAL_EXPIRATION=2020-01-01T00:00:00Z"},
			"of a directory":                {"AWS_VAULT_SHELL_STATE=" + inside},
		} {
			s := start(t, k, w, vars...)
			s.enters(3)
			if got, _ := value(s.exported(), "AWS_SESSION_TOKEN"); got != "" {
				t.Errorf("%s: there is a token", name)
			}
			s.tty.Close()
		}
		// With its keys it is the same as a nested shell, until its end.
		w.Fake.ExpireAhead(0)
		s = start(t, k, w, append(all, "AWS_CREDENTIAL_EXPIRATION=2020-01-01T00:00:00Z")...)
		s.enters(3)
		old, _ := value(all, "AWS_ACCESS_KEY_ID")
		if got, _ := value(s.exported(), "AWS_ACCESS_KEY_ID"); got != old {
			t.Errorf("it was renewed: %q", got)
		}
		s.typed("vault use prodx\r")
		s.expect(`Type its name to continue: `)
		s.typed("\r")
		s.tty.Close()
		if calls := w.Fake.Operations(); len(calls) != 0 {
			t.Errorf("calls: %v", calls)
		}
	})
}

// A nested shell of another kind can leave a directory that its parent has entered.
func TestANestedShellLeavesItsParentsDirectory(t *testing.T) {
	for i, outer := range kinds {
		inner := kinds[(i+1)%len(kinds)]
		t.Run(outer.name+" in "+inner.name, func(t *testing.T) {
			w := world.New(t)
			dir := project(t, w, "pay", "dev\n")
			o := start(t, outer, w)
			o.ok("vault allow " + quoted(outer.name, dir))
			o.ok("vault use other")
			o.cd(dir)
			var state []string
			for _, v := range o.exported() {
				if strings.HasPrefix(v, "AWS_") {
					state = append(state, v)
				}
			}
			n := start(t, inner, w, state...)
			n.cd(dir)
			if got := n.active(); got != "dev" {
				t.Errorf("in the directory %q is active", got)
			}
			n.cd(w.Home)
			if got := n.active(); got != "other" {
				t.Errorf("outside %q is active", got)
			}
			n.ok("vault off")
			n.tty.Close()

			// Without the key that proves the state, it can be switched off, and no more.
			if err := os.Remove(stateFile(w)); err != nil {
				t.Fatal(err)
			}
			n = start(t, inner, w, state...)
			n.enters(2)
			if got := n.active(); got != "dev" {
				t.Errorf("without the key %q is active", got)
			}
			n.ok("vault off")
			if vars := n.exported(); n.active() != "" || hasName(vars, "AWS_ACCESS_KEY_ID") || hasName(vars, "AWS_VAULT_SHELL_STATE") {
				t.Errorf("after off: %v", vars)
			}
		})
	}
}

func hasName(environ []string, name string) bool { _, ok := value(environ, name); return ok }

// As at the prompt: with sessions in a keystore that has a passphrase, entering a
// directory does not ask for it, and says once what to run.
func TestADirectoryDoesNotAskForThePassphraseOfSessions(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		s := start(t, k, w, "AWS_VAULT_SESSION_BACKEND=file")
		s.ok("vault allow " + quoted(k.name, dir))
		s.run(map[string]string{"bash": "unset ", "zsh": "unset ", "fish": "set -e ", "powershell": "Remove-Item Env:"}[k.name] + "AWS_VAULT_FILE_PASSPHRASE")
		begin := time.Now()
		s.cd(dir)
		s.enters(3)
		text := s.all()
		if strings.Contains(text, "Passphrase for") || strings.Count(text, "wants dev, which needs you. Run: vault use dev") != 1 {
			t.Errorf("it asks, or does not say it once:\n%s", text)
		}
		if took := time.Since(begin); took > patience {
			t.Errorf("it took %v", took)
		}
		if _, status := s.run("vault status"); status != "0" || s.active() != "" {
			t.Errorf("status %s, active %q", status, s.active())
		}
		if calls := w.Fake.Operations(); len(calls) != 0 {
			t.Errorf("calls: %v", calls)
		}
	})
}
