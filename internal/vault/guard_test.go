package vault_test

import (
	"strings"
	"testing"
	"time"

	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/vault"
)

func TestWhyAGuardedProgramAsks(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	in := func(account string) env.State { return env.State{Profile: "dev", About: env.About{Account: account}} }
	file := func(profile, account string, d dirprofile.Decision) vault.Directory {
		return vault.Directory{Found: here, File: dirprofile.File{Path: here, Profile: profile, Account: account}, Decision: d}
	}
	dev := file("dev", "", dirprofile.Allowed)
	for _, c := range []struct {
		name      string
		state     env.State
		protected bool
		dir       vault.Directory
		left      time.Duration // zero means that it never ends
		want      string
	}{
		{"nothing active, nothing near", idle, false, vault.Directory{}, 0, ""},
		{"by hand", byHand, false, vault.Directory{}, time.Hour, ""},
		{"keys that do not end", byHand, false, vault.Directory{}, 0, ""},
		{"protected", byHand, true, vault.Directory{}, time.Hour, "dev is protected"},
		{"protected, and of this directory", byHere, true, dev, time.Hour, "dev is protected"},
		{"a protected name, of nothing active", idle, true, vault.Directory{}, 0, ""},
		{"the directory's", byHere, false, dev, time.Hour, ""},
		{"the directory's, by hand", byHand, false, dev, time.Hour, ""},
		{"another", byHand, false, file("ops", "", dirprofile.Allowed), time.Hour, "this directory is for ops, and dev is active"},
		{"another, not trusted", byHand, false, file("ops", "", dirprofile.Unknown), time.Hour, ""},
		{"another, denied", byHand, false, file("ops", "", dirprofile.Denied), time.Hour, ""},
		{"none", idle, false, dev, 0, "this directory is for dev, and no profile is active"},
		{"none, not trusted", idle, false, file("dev", "", dirprofile.Unknown), 0, ""},
		{"another account", in("111122223333"), false, file("dev", "444455556666", dirprofile.Allowed), time.Hour, "this directory is for account 444455556666, and dev is in 111122223333"},
		{"the account", in("444455556666"), false, file("dev", "444455556666", dirprofile.Allowed), time.Hour, ""},
		{"left behind", byHere, false, vault.Directory{}, time.Hour, "dev belongs to " + here + ", and you are not in that directory"},
		{"of a directory above", byAbove, false, file("ops", "", dirprofile.Unknown), time.Hour, "ops belongs to " + above + ", and you are not in that directory"},
		{"four minutes", byHand, false, vault.Directory{}, 4 * time.Minute, "dev ends in less than 5m"},
		{"five minutes", byHand, false, vault.Directory{}, 5 * time.Minute, ""},
		{"over", byHand, false, vault.Directory{}, -time.Minute, "dev ends in less than 5m"},
	} {
		g := vault.Guard{Active: vault.Active{State: c.state}, Protected: c.protected, Dir: c.dir, Shown: func(p string) string { return p }}
		if c.left != 0 {
			g.Active.Expires = now.Add(c.left)
		}
		if got := g.Why(now, 5*time.Minute); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNamesThatCanBeGuarded(t *testing.T) {
	for _, name := range []string{"terraform", "kubectl", "aws", "g++", "python3.11", "aws-nuke", "_x", strings.Repeat("a", 64)} {
		if err := vault.Guardable("vault", name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "-x", "1x", ".", "a b", "a;b", "a/b", "$(x)", "ü", "if", "eval", "command", "__vault_x", "vault", strings.Repeat("a", 65), "a\n", "[", "a'b", "a\\b"} {
		if err := vault.Guardable("vault", name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
}
