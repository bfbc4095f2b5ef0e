package shells

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

// project makes a directory in the world's home with a file that names a profile.
func project(t *testing.T, w *world.World, name, text string) string {
	t.Helper()
	dir := filepath.Join(w.Home, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if text != "" {
		write(t, filepath.Join(dir, ".awsprofile"), text)
	}
	return dir
}

// cd goes to a directory and lets the prompt come twice.
func (s *session) cd(dir string) {
	s.t.Helper()
	s.run(map[bool]string{true: "cd -LiteralPath ", false: "cd "}[s.kind.name == "powershell"] + quoted(s.kind.name, dir))
	s.enters(2)
}

func (s *session) active() string {
	s.t.Helper()
	v, _ := value(s.exported(), "AWS_VAULT")
	return v
}

// said is what was printed since.
func (s *session) said(do func()) string {
	s.t.Helper()
	from := len(s.all())
	do()
	return terminal.Plain(s.all()[from:])
}

func TestADirectoryActivatesItsProfileOnceTrusted(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "# ours\ndev\n")
		below := project(t, w, "pay/src/deep", "")
		s := start(t, k, w, "AWS_PROFILE=mine")
		before := environs(s)

		out := s.said(func() { s.cd(below) })
		if n := strings.Count(out, "(profile dev) is not trusted yet. Run: vault allow"); n != 1 {
			t.Errorf("said %d times: %q", n, out)
		}
		if got := s.active(); got != "" {
			t.Fatalf("untrusted, %q is active", got)
		}
		out = s.said(func() { s.ok("vault allow"); s.enters(2) })
		for _, want := range []string{"dev", "111122223333", "role/reader", "trusted"} {
			if !strings.Contains(out, want) {
				t.Errorf("allow does not say %q: %q", want, out)
			}
		}
		if got := s.active(); got != "dev" {
			t.Fatalf("trusted, %q is active\n%s", got, s.all())
		}
		if out := s.ok("vault status"); !strings.Contains(out, ".awsprofile") {
			t.Errorf("status: %q", out)
		}
		if out := s.said(func() { s.cd(w.Home) }); !strings.Contains(out, "left dev") {
			t.Errorf("leaving says %q", out)
		}
		if d := cmp.Diff(before, environs(s)); d != "" {
			t.Errorf("after leaving (-before +after):\n%s", d)
		}
		if out := s.said(func() { s.cd(dir) }); !strings.Contains(out, "role/reader  111122223333") {
			t.Errorf("entering says %q", out)
		}
		if got := s.active(); got != "dev" {
			t.Errorf("entered again, %q is active", got)
		}
		// An edit is noticed, and is not trusted.
		time.Sleep(10 * time.Millisecond) // for a file system that counts in milliseconds
		out = s.said(func() { write(t, filepath.Join(dir, ".awsprofile"), "other\n"); s.enters(2) })
		if !strings.Contains(out, "(profile other) is not trusted yet") {
			t.Errorf("edited: %q", out)
		}
		if got := s.active(); got != "" {
			t.Errorf("edited, %q is active", got)
		}
	})
}

// environs is the environment without what cd changes.
func environs(s *session) []string {
	var vars []string
	for _, v := range s.exported() {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "PWD", "OLDPWD", "__MISE_SESSION": // where the shell is, and when mise last looked
		default:
			vars = append(vars, v)
		}
	}
	return vars
}

func TestLeavingBringsBackWhatWasActiveBefore(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		inner := project(t, w, "pay/inner", "profile = plain\nregion = eu-south-1\n")
		s := start(t, k, w, theirs...)
		before := environs(s)
		s.ok("vault allow " + quoted(k.name, dir))
		s.ok("vault allow " + quoted(k.name, inner))
		s.ok("vault use other")
		s.cd(dir)
		if got := s.active(); got != "dev" {
			t.Errorf("in the directory %q is active", got)
		}
		s.cd(inner)
		if got, _ := value(s.exported(), "AWS_REGION"); s.active() != "plain" || got != "eu-south-1" {
			t.Errorf("in the inner directory %q is active, in %q", s.active(), got)
		}
		s.cd(dir)
		if got := s.active(); got != "dev" {
			t.Errorf("out of the inner directory %q is active", got)
		}
		s.cd(w.Home)
		if got := s.active(); got != "other" {
			t.Errorf("outside %q is active", got)
		}
		s.ok("vault off")
		if d := cmp.Diff(before, environs(s)); d != "" {
			t.Errorf("after off (-before +after):\n%s", d)
		}
	})
}

// As an item: every/07.
func choiceByHandWins(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		below := project(t, w, "pay/src", "")
		s := start(t, k, w)
		s.ok("vault allow " + quoted(k.name, dir))
		s.cd(dir)
		s.ok("vault off")
		s.enters(2)
		s.cd(below)
		if got := s.active(); got != "" {
			t.Errorf("after off by hand %q is active", got)
		}
		s.ok("vault use other")
		s.cd(dir)
		if got := s.active(); got != "other" {
			t.Errorf("after use by hand %q is active", got)
		}
		s.cd(w.Home)
		s.cd(dir)
		if got := s.active(); got != "dev" {
			t.Errorf("entered again, %q is active", got)
		}
		// On one line with cd, too.
		s.cd(w.Home)
		s.ok("vault off")
		s.ok("cd " + quoted(k.name, dir) + "; vault use plain")
		s.enters(2)
		if got := s.active(); got != "plain" {
			t.Errorf("cd and use on one line: %q is active", got)
		}
	})
}

// As an item: every/10.
func whatADirectoryMayNotDo(t *testing.T) {
	cases := []struct{ name, config, file, says string }{
		{"protected", "[profile vaulted]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = plain\nvault_protected = true\n", "vaulted\n", "protected"},
		{"another account", "", "profile = prod\naccount = 111122223333\n", "requires account 111122223333"},
		{"an unknown profile", "", "nosuch\n", `profile "nosuch" not found`},
		{"MFA", "", "admin\n", "wants admin, which needs you. Run: vault use admin"},
		{"a line that is not known", "", "profile = dev\nrole_arn = x\n", ".awsprofile:2: "},
	}
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		config := world.Config
		for _, c := range cases {
			config += "\n" + c.config
		}
		if err := w.WriteConfig(config); err != nil {
			t.Fatal(err)
		}
		s := start(t, k, w)
		before := environs(s)
		for _, c := range cases {
			dir := project(t, w, "d-"+strings.ReplaceAll(c.name, " ", "-"), c.file)
			out := s.said(func() {
				s.run("vault allow " + quoted(k.name, dir))
				s.cd(dir)
			})
			if !strings.Contains(out, c.says) {
				t.Errorf("%s: it does not say %q: %q", c.name, c.says, out)
			}
			if d := cmp.Diff(before, environs(s)); d != "" {
				t.Errorf("%s (-before +after):\n%s", c.name, d)
			}
			s.cd(w.Home)
		}
		// Denied: not a word.
		dir := project(t, w, "denied", "dev\n")
		s.ok("vault deny " + quoted(k.name, dir))
		if out := s.said(func() { s.cd(dir) }); strings.Contains(out, "vault: ") {
			t.Errorf("denied: %q", out)
		}
	})
}

func TestAnotherToolsActivationIsNotOverridden(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		s := start(t, k, w, "AWS_VAULT=theirs")
		s.ok("vault allow " + quoted(k.name, dir))
		s.cd(dir)
		if got := s.active(); got != "theirs" {
			t.Errorf("%q is active", got)
		}
	})
}

// A person is told once that a file is not trusted, not each time that the clock
// has the hook call.
func TestTheNoticeIsNotRepeatedWhenSomethingElseIsDue(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		s := start(t, k, w)
		s.ok("vault use other")
		out := s.said(func() {
			s.cd(dir)
			n, _ := s.processes(func() { s.run(due[k.name]); s.enters(2) })
			if n == 0 {
				t.Error("nothing was called")
			}
		})
		if n := strings.Count(out, "is not trusted"); n != 1 {
			t.Errorf("said %d times: %q", n, out)
		}
		s.cd(w.Home)
		if out := s.said(func() { s.cd(dir) }); !strings.Contains(out, "is not trusted") {
			t.Errorf("entered again: %q", out)
		}
	})
}

func TestUseWithoutANameTakesTheDirectorysProfile(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "profile = dev\nregion = eu-south-1\naccount = 111122223333\n")
		s := start(t, k, w)
		s.ok("cd " + quoted(k.name, dir))
		if out, status := s.run("vault use"); status != "1" || !strings.Contains(out, "is not trusted") {
			t.Errorf("untrusted: status %s, %q", status, out)
		}
		s.run("vault allow")
		s.run("vault off")
		s.run("vault use")
		if region, _ := value(s.exported(), "AWS_REGION"); s.active() != "dev" || region != "eu-south-1" {
			t.Errorf("%q is active, in %q", s.active(), region)
		}
		s.run("vault off")
		// The profile has come to lead elsewhere.
		if err := w.WriteConfig(strings.Replace(world.Config, "111122223333:role/reader", "444455556666:role/prod-admin", 1)); err != nil {
			t.Fatal(err)
		}
		out, status := s.run("vault use")
		if status != "1" || !strings.Contains(out, "requires account 111122223333") || s.active() != "" {
			t.Errorf("another account: status %s, %q is active: %q", status, s.active(), out)
		}
	})
}
