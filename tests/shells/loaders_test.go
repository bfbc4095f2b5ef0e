package shells

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// direnvHook is its line for a start-up file.
var direnvHook = map[string]string{
	"bash": "eval \"$(direnv hook bash)\"\n", "zsh": "eval \"$(direnv hook zsh)\"\n", "fish": "direnv hook fish | source\n",
	"powershell": "Invoke-Expression (direnv hook pwsh | Out-String)\n",
}

// miseHook is its line for a start-up file.
var miseHook = map[string]string{
	"bash": "eval \"$(mise activate bash)\"\n", "zsh": "eval \"$(mise activate zsh)\"\n", "fish": "mise activate fish | source\n",
}

// direnv loads AWS_PROFILE and AWS_REGION for the directory that a profile is active in.
// Inside there is exactly what the profile says, from the first command on; after off,
// what direnv loaded; outside, what was there before both.
func TestDirenvInTheSameDirectory(t *testing.T) {
	need.Program(t, "direnv", "direnv")
	besideALoader(t, direnvHook, func(t *testing.T, s *session, dir string) {
		write(t, filepath.Join(dir, ".envrc"), "export AWS_PROFILE=app AWS_REGION=us-west-2 OTHER=loaded\n")
		s.ok("direnv allow " + quoted(s.kind.name, dir))
	})
}

// The same for mise.
func TestMiseInTheSameDirectory(t *testing.T) {
	if _, err := exec.LookPath("mise"); err != nil {
		need.Bonus(t, "npm install --global @jdxcode/mise, which Debian does not have")
	}
	besideALoader(t, miseHook, func(t *testing.T, s *session, dir string) {
		write(t, filepath.Join(dir, "mise.toml"), "[env]\nAWS_PROFILE = \"app\"\nAWS_REGION = \"us-west-2\"\nOTHER = \"loaded\"\n")
		s.ok("mise trust --quiet " + quoted(s.kind.name, filepath.Join(dir, "mise.toml")))
	})
}

func besideALoader(t *testing.T, hooks map[string]string, loads func(t *testing.T, s *session, dir string)) {
	inEach(t, func(t *testing.T, k kind) {
		hook := hooks[k.name]
		if hook == "" {
			t.Skip("its hook for this shell is for another release")
		}
		if k.name == "powershell" && exec.Command("direnv", "hook", "pwsh").Run() != nil {
			need.Bonus(t, "direnv 2.33 or later, which has a hook for PowerShell")
		}
		for _, order := range []string{"before", "after"} {
			for what, own := range map[string][]string{"nothing": nil, "own": {"AWS_PROFILE=mine", "AWS_REGION=eu-north-1", "AWS_SDK_LOAD_CONFIG="}} {
				t.Run(order+" "+what, func(t *testing.T) {
					t.Parallel()
					w := world.New(t)
					rc := hook + k.rc(w.Vault)
					if order == "after" {
						rc = k.rc(w.Vault) + hook
					}
					besideDirenv(t, startWith(t, k, w, rc, own...), loads)
				})
			}
		}
	})
}

func besideDirenv(t *testing.T, s *session, loads func(t *testing.T, s *session, dir string)) {
	w := s.world
	both, only := project(t, w, "both", "dev\n"), project(t, w, "only", "")
	for _, dir := range []string{both, only} {
		loads(t, s, dir)
	}
	s.ok("vault allow " + quoted(s.kind.name, both))
	s.cd(w.Home)
	before := environs(s)

	to := func(dir string) { t.Helper(); s.ok("cd " + quoted(s.kind.name, dir)) }
	// is compares the three variables that both want to set.
	is := func(when, profile, region, active string) {
		t.Helper()
		environ := s.exported()
		for name, want := range map[string]string{"AWS_PROFILE": profile, "AWS_REGION": region, "AWS_VAULT": active} {
			if got, _ := value(environ, name); got != want {
				t.Errorf("%s: %s is %q, want %q", when, name, got, want)
			}
		}
	}
	inside := func(when string) { t.Helper(); is(when, "", "eu-central-1", "dev") }
	loaded := func(when string) { t.Helper(); is(when, "app", "us-west-2", "") }
	outside := func(when string) {
		t.Helper()
		if d := cmp.Diff(before, environs(s)); d != "" {
			t.Errorf("%s (-before +after):\n%s", when, d)
		}
	}
	for _, entry := range []string{"first", "second", "third"} {
		to(both)
		inside("by directory, " + entry + " entry")
		s.enters(2)
		inside("by directory, " + entry + " entry, later")
		to(w.Home)
		outside("by directory, out of the " + entry)
	}
	to(both)
	inside("by directory, before off")
	s.ok("vault off")
	loaded("by directory, after off")
	to(w.Home)
	outside("by directory, off, and out")

	for _, entry := range []string{"first", "second"} {
		to(only)
		loaded("by hand, before")
		s.ok("vault use dev")
		inside("by hand, inside, " + entry)
		to(w.Home)
		inside("by hand, outside again, " + entry)
		s.ok("vault off")
		outside("by hand, out and off, " + entry)
	}
	to(only)
	s.ok("vault use dev")
	s.ok("vault off")
	loaded("by hand, after off")
	to(w.Home)
	outside("by hand, off and out")

	s.ok("vault use dev")
	to(only)
	inside("by hand from outside")
	to(w.Home)
	inside("by hand from outside, and out")
	to(only)
	s.ok("vault off")
	loaded("by hand from outside, off inside")
	to(w.Home)
	outside("by hand from outside, off inside, and out")

	s.ok("vault use dev")
	to(both)
	inside("by hand, then by directory")
	to(w.Home)
	inside("by hand, then by directory, and out")
	s.ok("vault off")
	outside("by hand, then by directory, out and off")
	if out := s.all(); world.Failure(out) != nil {
		t.Errorf("an error is said:\n%s", out)
	}
}
