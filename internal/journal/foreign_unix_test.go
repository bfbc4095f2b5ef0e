//go:build unix

package journal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Another user may put something in the place of the log. Vault neither writes nor reads it,
// and does not wait for it.
func TestWhatIsNotTheLog(t *testing.T) {
	for name, plant := range map[string]func(path, other string) error{
		"a link":           func(path, other string) error { return os.Symlink(other, path) },
		"a dangling link":  func(path, other string) error { return os.Symlink(other+"x", path) },
		"a pipe":           func(path, _ string) error { return unix.Mkfifo(path, 0o600) },
		"a directory":      func(path, _ string) error { return os.Mkdir(path, 0o700) },
		"others can write": func(path, _ string) error { return errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, 0o666)) },
		"somebody else's": func(path, _ string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Chown(path, 4711, 4711))
		},
	} {
		dir := t.TempDir()
		other := filepath.Join(dir, "other")
		if err := os.WriteFile(other, []byte("mine\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := plant(Path(dir), other); errors.Is(err, os.ErrPermission) {
			continue // only root gives files away
		} else if err != nil {
			t.Fatal(err)
		}
		foreign := (*ForeignError)(nil)
		if err := (Log{Dir: dir}).Add(whole()); !errors.As(err, &foreign) {
			t.Errorf("%s: added: %v", name, err)
		}
		if err := Read(dir, func(Entry) {}); !errors.As(err, &foreign) {
			t.Errorf("%s: read: %v", name, err)
		}
		if err := Check(dir); !errors.As(err, &foreign) {
			t.Errorf("%s: checked: %v", name, err)
		}
		if text, err := os.ReadFile(other); err != nil || string(text) != "mine\n" {
			t.Errorf("%s: %q %v", name, text, err)
		}
		if _, err := os.Lstat(other + "x"); err == nil {
			t.Errorf("%s: a file was made where it leads", name)
		}
	}
}

// If the state directory cannot be written, the error has no further effect.
func TestADirectoryThatCannotBeWritten(t *testing.T) {
	err := (Log{Dir: "/proc/nonexistent"}).Add(whole())
	if foreign := (*ForeignError)(nil); err == nil || errors.As(err, &foreign) {
		t.Error(err)
	}
}
