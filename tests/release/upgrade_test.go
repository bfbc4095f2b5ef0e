//go:build linux

package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
	"awsvault/tests/world"
)

// versions builds the version before (packaging/before names its commit) and this one.
func versions(t *testing.T) (old, now string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "packaging", "before"))
	if err != nil {
		t.Fatal(err)
	}
	commit := strings.TrimSpace(string(text))
	if err := exec.Command("git", "-C", root(t), "cat-file", "-e", commit+"^{commit}").Run(); err != nil {
		need.Bonus(t, "git fetch --unshallow, for the version before")
	}
	tree := filepath.Join(t.TempDir(), "tree")
	if err := os.MkdirAll(tree, 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, "sh", "-c", `git -C "$1" archive "$2" -o "$3.tar" && tar -xf "$3.tar" -C "$3"`, "sh", root(t), commit, tree)
	build := func(dir, version string) string {
		path := filepath.Join(t.TempDir(), "vault")
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X awsvault/cmd/instant.Version="+version, "-o", path, ".")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", version, err, out)
		}
		return path
	}
	return build(tree, before), build(root(t), version)
}

// A person who upgrades, or goes back, keeps stored keys and sessions. Shells that are
// open have the hook of the other version, and go on, or say that a new shell is wanted.
func TestUpgradeAndDowngrade(t *testing.T) {
	old, now := versions(t)
	fake := awsfake.Start(t, awsfake.Options{Control: true})
	w, err := world.Build(t.TempDir(), old, fake) // stores keys, with the version before
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Forget)
	key := func(program string) string {
		w := *w
		w.Vault = program
		out, errs, status := w.Run(nil, "export", "dev", "--format=env")
		if status != 0 {
			t.Fatalf("export: %d %s", status, errs)
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "AWS_ACCESS_KEY_ID=") {
				return strings.TrimSpace(line)
			}
		}
		t.Fatalf("no key in %q", out)
		return ""
	}
	first := key(old)
	if got := key(now); got != first {
		t.Errorf("the session of the version before is not used: %s, then %s", first, got)
	}
	if got := key(old); got != first {
		t.Errorf("after going back the session is another: %s, then %s", first, got)
	}
	for _, c := range []struct{ name, hook, program string }{
		{"the hook before, this program", old, now},
		{"this hook, the program before", now, old},
	} {
		t.Run(c.name, func(t *testing.T) {
			place := filepath.Join(t.TempDir(), "vault")
			run(t, "cp", c.hook, place)
			script := `eval "$("$1" hook bash)" || exit
cp "$2" "$1.new" && mv "$1.new" "$1" || exit
vault use dev || exit
[ -n "$AWS_SESSION_TOKEN" ] || exit
vault refresh || exit
vault status || exit
vault doctor
vault off || exit
[ -z "$AWS_SESSION_TOKEN" ] || exit
echo through`
			cmd := exec.Command("bash", "--norc", "-c", script, "bash", place, c.program)
			cmd.Env = w.Environ()
			out, _ := cmd.CombinedOutput()
			// A hook may know what the program before does not: that says so, in one line
			// with what to do.
			if c.hook == now && string(out) == "vault: error: the hook in this shell sent \"--pid\", which this version does not know\nvault: hint: open a new shell\n" {
				return
			}
			hook, program := before, version
			if c.hook == now {
				hook, program = version, before
			}
			for _, want := range []string{"role/reader", "left dev", "through", "this bash has the hook of version " + hook + ", and the program has version " + program} {
				if !strings.Contains(string(out), want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
}

// What is active in a shell, and which directories are trusted, outlives an upgrade and a
// way back: the other version leaves by the state that it finds, or by its marks, and
// nothing of it stays in the environment.
func TestStateAndTrustOfAnotherVersion(t *testing.T) {
	old, now := versions(t)
	fake := awsfake.Start(t, awsfake.Options{Control: true})
	w, err := world.Build(t.TempDir(), old, fake)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Forget)
	for _, c := range []struct{ name, first, then string }{{"upgrade", old, now}, {"downgrade", now, old}} {
		t.Run(c.name, func(t *testing.T) {
			project := filepath.Join(t.TempDir(), "project")
			if err := os.Mkdir(project, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(project, ".awsprofile"), []byte("dev\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			script := `set -e
export AWS_REGION=mine-1
eval "$("$1" hook bash)"
vault use dev
# A shell in that shell has the hook of the other version.
bash --norc -c 'set -e
eval "$("$1" hook bash)"
vault status
vault off
test -z "${AWS_SESSION_TOKEN-}${AWS_ACCESS_KEY_ID-}${AWS_VAULT-}"
echo "left: $AWS_REGION"' bash "$2"
vault off
# A directory that the first has trusted is trusted by the other.
"$1" allow "$3"
bash --norc -c 'set -e
eval "$("$1" hook bash)"
cd "$2"
__vault_prompt
test -n "$AWS_SESSION_TOKEN"
cd /
__vault_prompt
test -z "${AWS_SESSION_TOKEN-}"
echo "trusted: $AWS_REGION"' bash "$2" "$3"
`
			cmd := exec.Command("bash", "--norc", "-c", script, "bash", c.first, c.then, project)
			cmd.Env = w.Environ()
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, want := range []string{"dev", "left: mine-1", "trusted: mine-1"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
}
