//go:build unix

package front

import (
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"awsvault/tests/need"
)

// What root makes in another user's home would be closed to that user: under sudo -E, root
// remembers in its own.
func TestRootRemembersInItsOwnHome(t *testing.T) {
	need.Root(t, "to be in another user's home")
	root, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	theirs := t.TempDir()
	if err := os.Chown(theirs, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	own := t.TempDir()
	for _, c := range []struct {
		environ        map[string]string
		state, runtime string
	}{
		{map[string]string{"HOME": theirs, "XDG_RUNTIME_DIR": theirs}, root.HomeDir, ""},
		{map[string]string{"HOME": own, "XDG_RUNTIME_DIR": own}, own, filepath.Join(own, "awsvault")},
		{map[string]string{"HOME": filepath.Join(own, "none")}, filepath.Join(own, "none"), ""},
		{map[string]string{"HOME": theirs, "XDG_STATE_HOME": filepath.Join(own, "chosen")}, filepath.Join(own, "chosen"), ""},
	} {
		if runtime.GOOS == "darwin" && c.environ["XDG_STATE_HOME"] != "" {
			continue
		}
		w := &World{Environ: c.environ}
		if got := w.StateDir(); !strings.HasPrefix(got, c.state+string(filepath.Separator)) || filepath.Base(got) != "awsvault" {
			t.Errorf("%v: the state is in %s, want below %s", c.environ, got, c.state)
		}
		if got := w.RuntimeDir(); got != c.runtime {
			t.Errorf("%v: the runtime directory is %s, want %s", c.environ, got, c.runtime)
		}
		if w.Home() != c.environ["HOME"] {
			t.Errorf("%v: home is %s: the AWS files are in it", c.environ, w.Home())
		}
	}
}
