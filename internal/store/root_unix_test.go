//go:build unix

package store_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"awsvault/internal/store"
	"awsvault/tests/need"
)

// `sudo -E` and `su -m` keep the user's HOME. Files that root stores or rewrites there stay
// readable for the user.
func TestRootLeavesTheKeysToTheUser(t *testing.T) {
	need.Root(t, "which can give files away")
	home := t.TempDir()
	const user = 12345
	if err := os.Chown(home, user, user); err != nil {
		t.Fatal(err)
	}
	settings := fileSettings(home)
	put(t, store.Open(settings), "dev", keys(1))
	owners(t, settings.FileDir, "after add", user)

	put(t, store.Open(settings), "dev", keys(2))
	owners(t, settings.FileDir, "after a rotation", user)

	changing, _ := typing(home, passphrase, "battery staple", "battery staple")
	if _, err := store.Open(changing).ChangePassphrase(t.Context()); err != nil {
		t.Fatal(err)
	}
	owners(t, settings.FileDir, "after a change of the passphrase", user)
}

// owners checks who owns a keystore's directory and its items.
func owners(t *testing.T, dir, when string, want uint32) {
	t.Helper()
	items, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	for _, path := range append(items, dir) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Sys().(*syscall.Stat_t).Uid; got != want {
			t.Errorf("%s, %s belongs to %d, want %d", when, path, got, want)
		}
	}
}
