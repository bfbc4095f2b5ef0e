//go:build unix

package roads

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// One passphrase in a working day: a session of the user's spares the others. So it is for
// an ordinary user too, whose room in the kernel's keyring is small.
func TestOnePassphrase(t *testing.T) {
	t.Parallel()
	for name, ordinary := range map[string]bool{"who runs the tests": false, "an ordinary user": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if ordinary && os.Getuid() != 0 {
				t.Skip("this user is an ordinary one")
			}
			if !world.Keyrings() {
				need.Missing(t, "a kernel that lets this process use keyrings")
			}
			r := beginAs(t, ordinary, keystoreWithPassphrase)
			r.types(`eval "$(vault hook bash)"`)
			r.world.Fake.Reset()
			typed := answer{"Passphrase for ", world.Passphrase + "\n"}
			for i, command := range []string{
				"vault use dev", "vault exec other -- true && echo GO''OD", "vault export dev --format=json | grep -c Version", "vault export other --format=json | grep -c Version",
				"vault exec plain -- sh -c 'echo ${AWS_SESSION_TOKEN:+GO''OD}'", "vault exec chain -- true && echo GO''OD",
			} {
				var answers []answer
				if i == 0 {
					answers = append(answers, typed)
				}
				shown := r.types(command, answers...)
				if i > 0 && !strings.Contains(shown, "GOOD") && !strings.Contains(shown, "\n1\n") || i == 0 && !strings.Contains(shown, "role/reader") {
					t.Errorf("%s shows\n%s", command, shown)
				}
			}
			if n := strings.Count(r.tty.Shown(), typed.shown); n != 1 {
				t.Errorf("it asked for the passphrase %d times:\n%s", n, r.tty.Shown())
			}
			want := []string{"GetSessionToken", "AssumeRole", "AssumeRole", "AssumeRole"}
			if calls := r.world.Fake.Operations(); !slices.Equal(calls, want) {
				t.Errorf("it called %q, want %q", calls, want)
			}
			if shown := r.types("vault explain other"); !strings.Contains(shown, "0 AWS calls") {
				t.Errorf("a cached role is explained so:\n%s", shown)
			}
			// What needs the key itself asks again.
			r.types("vault exec other --no-session -- true", typed)
			r.types("vault clear") // the kernel's key of another user would stay
		})
	}
}

// keystoreWithPassphrase leaves the world's config and keystore.
func keystoreWithPassphrase(w *world.World) {
	if err := os.MkdirAll(filepath.Join(w.Home, ".aws"), 0o700); err != nil {
		panic(err)
	}
	if err := w.WriteConfig(world.Config); err != nil {
		panic(err)
	}
	if _, errs, status := w.Run([]string{"AWS_ACCESS_KEY_ID=" + w.Example.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + w.Example.SecretAccessKey},
		"add", "plain", "--env", "--no-add-config"); status != 0 {
		panic(errs)
	}
}

// reachable copies the program to where another user can run it, and opens the way there.
func reachable(t *testing.T, program, bin string) string {
	t.Helper()
	data, err := os.ReadFile(program)
	if err == nil {
		program = filepath.Join(bin, "vault")
		err = os.WriteFile(program, data, 0o755)
	}
	if err == nil { // the directory of a test, above the one that it was given
		err = os.Chmod(filepath.Dir(filepath.Dir(bin)), 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// give makes a directory and all that is in it another user's.
func give(t *testing.T, dir string, id int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			err = os.Lchown(path, id, id)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
