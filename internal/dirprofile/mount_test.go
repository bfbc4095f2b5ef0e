package dirprofile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/internal/disk"
)

// Mounts that can be trusted need root: tests/mounts has them.
func TestMountsThatAreNotTrusted(t *testing.T) {
	f, dir := newFiles(t)
	root, ok := disk.MountOf("/")
	if !ok || root.Point != "/" {
		t.Skip("this system does not say what is mounted where")
	}
	for where, want := range map[string]string{
		"/":                           "/ is the mount that has your home directory",
		dir:                           "~ is no mount point",
		filepath.Join(dir, "no such"): "typed: no such file",
	} {
		_, err := f.AllowMount(where, "typed", func(string) string { return "~" }, func(disk.Mount) { t.Errorf("%s: it is shown", where) })
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", where, err)
		}
	}
	if f.Trust.Mine(root) {
		t.Error("/ is trusted")
	}
}

func TestAMountIsTakenBackByItsTruePath(t *testing.T) {
	f, dir := newFiles(t)
	link := filepath.Join(filepath.Dir(dir), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	m := disk.Mount{Point: dir, Type: "9p", Source: "C:"}
	if err := f.Trust.AllowMount(m); err != nil || !f.Trust.Mine(m) {
		t.Fatalf("%v, %v", err, f.Trust.Mine(m))
	}
	if got, err := f.DenyMount(link); err != nil || got != dir || f.Trust.Mine(m) {
		t.Errorf("%s, %v; trusted: %v", got, err, f.Trust.Mine(m))
	}
	if got, err := f.DenyMount(filepath.Join(dir, "gone")); err != nil || got != filepath.Join(dir, "gone") {
		t.Errorf("one that is gone: %s, %v", got, err)
	}
}
