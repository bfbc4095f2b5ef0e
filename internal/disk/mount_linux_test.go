package disk

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"awsvault/tests/need"
)

const (
	me    = 4242 // whose files are asked for
	other = 1000 // whom they belong to
)

// mount mounts a tmpfs or binds a directory for the duration of a test.
func mount(t *testing.T, from, at, options string) {
	t.Helper()
	var err error
	if from == "" {
		err = syscall.Mount("tmpfs", at, "tmpfs", 0, options)
	} else {
		err = syscall.Mount(from, at, "", syscall.MS_BIND, "")
	}
	if err != nil {
		need.Bonus(t, "be root of a machine, not of a container: mount "+err.Error())
	}
	t.Cleanup(func() { syscall.Unmount(at, syscall.MNT_DETACH) })
}

func dir(t *testing.T, path string, uid int, mode fs.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, uid, uid); err != nil {
		t.Fatal(err)
	}
	return path
}

func file(t *testing.T, path string, uid int, mode fs.FileMode) string {
	t.Helper()
	put(t, path, "text", mode)
	if err := os.Chown(path, uid, uid); err != nil {
		t.Fatal(err)
	}
	return path
}

// The owner and mode of a file do not count on a mount to which only the user has access.
func TestFilesOnAMount(t *testing.T) {
	need.Root(t, "to mount file systems")
	const foreign = "belongs to user 1000"
	for _, test := range []struct {
		name  string
		place func(t *testing.T, base string) (path string)
		rule  Rule
		want  string
	}{
		{"in a directory that is closed", func(t *testing.T, base string) string {
			mount(t, "", dir(t, dir(t, base+"/closed", me, 0o700)+"/mnt", 0, 0o755), "mode=777")
			return file(t, base+"/closed/mnt/f", other, 0o666)
		}, Rule{}, ""},
		{"further up", func(t *testing.T, base string) string {
			dir(t, base+"/closed", me, 0o710)
			dir(t, base+"/closed/up", me, 0o700)
			mount(t, "", dir(t, base+"/closed/up/there/mnt", 0, 0o755), "mode=777")
			return file(t, base+"/closed/up/there/mnt/f", other, 0o666)
		}, Rule{}, ""},
		{"that is open", func(t *testing.T, base string) string {
			mount(t, "", dir(t, dir(t, base+"/open", me, 0o755)+"/mnt", 0, 0o755), "mode=777")
			return file(t, base+"/open/mnt/f", other, 0o666)
		}, Rule{}, foreign},
		{"that a group can search", func(t *testing.T, base string) string {
			mount(t, "", dir(t, dir(t, base+"/open", me, 0o710)+"/mnt", 0, 0o755), "mode=777")
			return file(t, base+"/open/mnt/f", other, 0o666)
		}, Rule{}, foreign},
		{"that is another user's", func(t *testing.T, base string) string {
			mount(t, "", dir(t, dir(t, base+"/closed", other, 0o700)+"/mnt", 0, 0o755), "mode=777")
			return file(t, base+"/closed/mnt/f", other, 0o666)
		}, Rule{}, foreign},
		{"whose top is closed", func(t *testing.T, base string) string {
			mount(t, "", dir(t, base+"/mnt", 0, 0o755), "uid=4242,mode=700")
			return file(t, base+"/mnt/f", me, 0o666)
		}, Rule{}, ""},
		{"whose top is open", func(t *testing.T, base string) string {
			mount(t, "", dir(t, base+"/mnt", 0, 0o755), "uid=4242,mode=777")
			return file(t, base+"/mnt/f", me, 0o666)
		}, Rule{}, "can be written by everybody"},
		{"that the user said is theirs", func(t *testing.T, base string) string {
			mount(t, "", dir(t, base+"/mnt", 0, 0o755), "uid=4242,mode=777")
			return file(t, base+"/mnt/f", me, 0o666)
		}, Rule{Mine: func(m Mount) bool { return filepath.Base(m.Point) == "mnt" && m.Type == "tmpfs" }}, ""},
		{"another mount is theirs", func(t *testing.T, base string) string {
			mount(t, "", dir(t, base+"/mnt", 0, 0o755), "uid=4242,mode=777")
			return file(t, base+"/mnt/f", me, 0o666)
		}, Rule{Mine: func(m Mount) bool { return filepath.Base(m.Point) != "mnt" }}, "can be written by everybody"},
		{"that is somewhere else, too", func(t *testing.T, base string) string {
			mount(t, "", dir(t, dir(t, base+"/closed", me, 0o700)+"/mnt", 0, 0o755), "mode=777")
			mount(t, base+"/closed/mnt", dir(t, base+"/elsewhere", 0, 0o755), "")
			return file(t, base+"/closed/mnt/f", other, 0o666)
		}, Rule{}, foreign},
		{"of which another part is somewhere else", func(t *testing.T, base string) string {
			mount(t, "", dir(t, dir(t, base+"/closed", me, 0o700)+"/mnt", 0, 0o755), "mode=777")
			mount(t, dir(t, base+"/closed/mnt/part", 0, 0o755), dir(t, base+"/elsewhere", 0, 0o755), "")
			return file(t, base+"/closed/mnt/f", other, 0o666)
		}, Rule{}, ""},
		{"by a link", func(t *testing.T, base string) string {
			mount(t, "", dir(t, dir(t, base+"/closed", me, 0o700)+"/mnt", 0, 0o755), "mode=777")
			file(t, base+"/closed/mnt/f", other, 0o666)
			os.Symlink(base+"/closed/mnt", base+"/link")
			return base + "/link/f"
		}, Rule{}, ""},
		{"on no mount of its own", func(t *testing.T, base string) string {
			return file(t, dir(t, base+"/closed", me, 0o700)+"/f", me, 0o666)
		}, Rule{}, "can be written by everybody"},
	} {
		t.Run(test.name, func(t *testing.T) {
			base := t.TempDir()
			if err := os.Chmod(base, 0o755); err != nil {
				t.Fatal(err)
			}
			path := test.place(t, base)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			rule := test.rule
			rule.UID = me
			if got := rule.Flaw(path, info); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Files that root writes in a container stay the property of the user on its host.
func TestRootLeavesFilesTheirOwner(t *testing.T) {
	need.Root(t, "to mount file systems")
	base := t.TempDir() // 0700, root's
	mount(t, "", dir(t, base+"/mnt", 0, 0o755), "uid=1000,gid=1000,mode=755")
	file(t, base+"/mnt/f", other, 0o640)
	for _, o := range []Options{{Private: true, MakeDir: true}, {Keep: true, MakeDir: true}} {
		for _, name := range []string{"f", "new", "a/b/new"} {
			path := base + "/mnt/" + name
			if err := Replace(path, []byte("new"), o); err != nil {
				t.Fatal(err)
			}
			for ; filepath.Base(path) != "mnt"; path = filepath.Dir(path) {
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				if uid, gid, _ := ids(info); uid != other || gid != other {
					t.Errorf("%s, %+v: belongs to %d, %d", path, o, uid, gid)
				}
				if info.Mode().Perm()&0o007 != 0 {
					t.Errorf("%s: mode %o", path, info.Mode())
				}
			}
		}
		os.RemoveAll(base + "/mnt/a")
		os.Remove(base + "/mnt/new")
	}
	// Where others can get at it, what is private is root's own.
	open := t.TempDir()
	os.Chmod(filepath.Dir(open), 0o755)
	os.Chmod(open, 0o755)
	mount(t, "", dir(t, open+"/mnt", 0, 0o755), "uid=1000,gid=1000,mode=755")
	if err := Replace(open+"/mnt/f", []byte("new"), Options{Private: true}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(open + "/mnt/f")
	if err != nil {
		t.Fatal(err)
	}
	if uid, _, _ := ids(info); uid != 0 {
		t.Errorf("a private file where others can get at it belongs to %d", uid)
	}
}

// Vault creates and removes a test file. Nothing can be created in /proc.
func TestWhatADirectoryKeeps(t *testing.T) {
	dir := t.TempDir()
	if kept, known := Keeps(dir); !kept || !known {
		t.Errorf("kept %t, known %t", kept, known)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if _, known := Keeps("/proc"); known {
		t.Error("a file in /proc")
	}
}

// In a container, root works on files of the host's user.
func TestADirectoryOfTheHost(t *testing.T) {
	need.Root(t, "to mount file systems")
	base := t.TempDir()
	mount(t, "", dir(t, base+"/host", 0, 0o755), "mode=755")
	for name, want := range map[string]bool{"theirs": true, "roots": false, "open": false} {
		from := dir(t, base+"/host/"+name, map[bool]int{true: 0, false: 1000}[name == "roots"], 0o755)
		if name == "open" {
			os.Chmod(from, 0o777|os.ModeSticky)
		}
		at := dir(t, base+"/"+name, 0, 0o755)
		mount(t, from, at, "")
		m, ok := MountOf(at)
		if !ok || m.Point != at {
			t.Fatalf("%+v", m)
		}
		if got := m.Invents(func(string) (bool, bool) { return true, true }); got != want {
			t.Errorf("%s: %t", name, got)
		}
		if got := Suspect(at+"/f") != ""; got != want {
			t.Errorf("%s: the reason for a flaw: %t", name, got)
		}
	}
}
