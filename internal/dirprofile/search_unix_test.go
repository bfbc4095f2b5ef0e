//go:build linux || darwin

package dirprofile

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"awsvault/tests/need"
)

// foreigner is a user who owns nothing here.
const foreigner = 12345

// giveAway changes the owner of a file or link to another user.
func giveAway(t *testing.T, path string) {
	t.Helper()
	need.Root(t, "which can give a file away")
	if err := os.Lchown(path, foreigner, -1); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func node(t *testing.T, path string, mode uint32, dev int) {
	t.Helper()
	remove(t, path)
	if err := syscall.Mknod(path, mode|0o600, dev); err != nil {
		t.Skipf("no such file can be made here (%v): run the tests as root", err)
	}
}

func fifo(t *testing.T, path string) {
	t.Helper()
	remove(t, path)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

// In each case the file is HOME/src/pay/.awsprofile, and at first nothing is wrong.
func TestWhatIsNotFollowed(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(t *testing.T, home, path string)
		want  string // what the error says after the path, with HOME; empty: it is followed
	}{
		{"nothing is wrong", func(t *testing.T, home, path string) {}, ""},
		{"a file that nobody may write", func(t *testing.T, home, path string) { chmod(t, path, 0o444) }, ""},
		{"a file that its group can write", func(t *testing.T, home, path string) { chmod(t, path, 0o664) },
			fmt.Sprintf("not followed: it can be written by group %d", os.Getgid())},
		{"a file that everybody can write", func(t *testing.T, home, path string) { chmod(t, path, 0o602) },
			"not followed: it can be written by everybody"},
		{"a file of somebody else", func(t *testing.T, home, path string) { giveAway(t, path) },
			"not followed: it belongs to user 12345"},
		{"a symbolic link", func(t *testing.T, home, path string) {
			remove(t, path)
			link(t, put(t, mkdir(t, home, "other"), "dev"), path)
		}, "not followed: it is a symbolic link"},
		{"a symbolic link to nothing", func(t *testing.T, home, path string) {
			remove(t, path)
			link(t, "nothing", path)
		}, "not followed: it is a symbolic link"},
		{"a directory", func(t *testing.T, home, path string) {
			remove(t, path)
			mkdir(t, path)
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "not followed: it is a directory"},
		{"a named pipe", func(t *testing.T, home, path string) { fifo(t, path) },
			"not followed: it is a named pipe"},
		{"a socket", func(t *testing.T, home, path string) { node(t, path, syscall.S_IFSOCK, 0) },
			"not followed: it is a socket"},
		{"a character device", func(t *testing.T, home, path string) { node(t, path, syscall.S_IFCHR, 1<<8|3) },
			"not followed: it is a device"},
		{"a block device", func(t *testing.T, home, path string) { node(t, path, syscall.S_IFBLK, 7<<8) },
			"not followed: it is a device"},
		{"a file that may not be read", func(t *testing.T, home, path string) {
			need.User(t, "whom modes bind")
			chmod(t, path, 0)
		}, "cannot be read: permission denied"},
		{"4 KiB and a byte", func(t *testing.T, home, path string) { put(t, filepath.Dir(path), "dev\n#"+strings.Repeat("x", 4092)) },
			"longer than 4096 bytes"},
		{"a file without end", func(t *testing.T, home, path string) {
			if err := os.Truncate(path, 1<<40); err != nil {
				t.Skipf("no file of 1 TiB here: %v", err)
			}
		}, "longer than 4096 bytes"},

		{"a directory that everybody can write", func(t *testing.T, home, path string) { chmod(t, filepath.Dir(path), 0o777) },
			`not followed: directory "HOME/src/pay" can be written by everybody`},
		{"a directory like /tmp", func(t *testing.T, home, path string) { chmod(t, filepath.Dir(path), 0o777|fs.ModeSticky) },
			`not followed: directory "HOME/src/pay" can be written by everybody`},
		{"a directory that its group can write", func(t *testing.T, home, path string) { chmod(t, filepath.Dir(path), 0o775) },
			fmt.Sprintf(`not followed: directory "HOME/src/pay" can be written by group %d`, os.Getgid())},
		{"a directory of somebody else", func(t *testing.T, home, path string) { giveAway(t, filepath.Dir(path)) },
			`not followed: directory "HOME/src/pay" belongs to user 12345`},
		{"a directory above that everybody can write", func(t *testing.T, home, path string) { chmod(t, filepath.Join(home, "src"), 0o777) },
			`not followed: directory "HOME/src" can be written by everybody`},
		{"a directory above of somebody else", func(t *testing.T, home, path string) { giveAway(t, filepath.Join(home, "src")) },
			`not followed: directory "HOME/src" belongs to user 12345`},
		{"a directory above of somebody else, like /tmp", func(t *testing.T, home, path string) {
			chmod(t, filepath.Join(home, "src"), 0o777|fs.ModeSticky)
			giveAway(t, filepath.Join(home, "src"))
		}, `not followed: directory "HOME/src" belongs to user 12345`},
		{"below a directory like /tmp, a directory of one's own", func(t *testing.T, home, path string) {
			chmod(t, filepath.Join(home, "src"), 0o777|fs.ModeSticky)
		}, ""},
		{"the last directory of the search", func(t *testing.T, home, path string) { chmod(t, home, 0o777) },
			`not followed: directory "HOME" can be written by everybody`},
		{"but not what is above", func(t *testing.T, home, path string) { chmod(t, filepath.Dir(home), 0o777) }, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			home := mkdir(t, here(t), "home")
			path := put(t, mkdir(t, home, "src/pay"), "dev")
			test.spoil(t, home, path)
			checkRead(t, mine(home), home, path, test.want)
		})
	}
}

func checkRead(t *testing.T, s Search, home, path, want string) {
	t.Helper()
	got, err := s.Read(path)
	if want == "" {
		if err != nil || got.Profile != "dev" {
			t.Errorf("got %+v, %v", got, err)
		}
		return
	}
	if want = path + ": " + strings.ReplaceAll(want, "HOME", home); err == nil || err.Error() != want {
		t.Fatalf("got %v, want %s", err, want)
	}
	if e := err.(*Error); e.Hint() == "" && e.Unwrap() == nil {
		t.Errorf("%v: there is no hint", err)
	}
}

// In each case the file is HOME/far/away/.awsprofile, and the shell calls its
// directory HOME/link.
func TestLinksOnTheWay(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(t *testing.T, home string)
		want  string
	}{
		{"a link of one's own", func(t *testing.T, home string) { link(t, "far/away", filepath.Join(home, "link")) }, ""},
		{"an absolute one", func(t *testing.T, home string) { link(t, home+"/far/./away/", filepath.Join(home, "link")) }, ""},
		{"with dots", func(t *testing.T, home string) { link(t, "far/../far/away/.", filepath.Join(home, "link")) }, ""},
		{"over another", func(t *testing.T, home string) {
			link(t, "hop/away", filepath.Join(home, "link"))
			link(t, "far", filepath.Join(home, "hop"))
		}, ""},
		{"a link of somebody else", func(t *testing.T, home string) {
			link(t, "far/away", filepath.Join(home, "link"))
			giveAway(t, filepath.Join(home, "link"))
		}, `not followed: directory "HOME/link" belongs to user 12345`},
		{"to a directory that everybody can write", func(t *testing.T, home string) {
			link(t, "far/away", filepath.Join(home, "link"))
			chmod(t, filepath.Join(home, "far", "away"), 0o777|fs.ModeSticky)
		}, `not followed: directory "HOME/far/away" can be written by everybody`},
		{"through a directory that everybody can write", func(t *testing.T, home string) {
			link(t, "far/away", filepath.Join(home, "link"))
			chmod(t, filepath.Join(home, "far"), 0o777)
		}, `not followed: directory "HOME/far" can be written by everybody`},
		{"over another that somebody else may change", func(t *testing.T, home string) {
			link(t, "share/hop", filepath.Join(home, "link"))
			chmod(t, mkdir(t, home, "share"), 0o777)
			link(t, "../far/away", filepath.Join(home, "share", "hop"))
		}, `not followed: directory "HOME/share" can be written by everybody`},
		{"out of the home directory", func(t *testing.T, home string) {
			out := mkdir(t, filepath.Dir(home), "out/away")
			put(t, out, "dev")
			link(t, "../out/away", filepath.Join(home, "link"))
		}, ""},
		{"out of the home directory, through one that everybody can write", func(t *testing.T, home string) {
			out := mkdir(t, filepath.Dir(home), "out/away")
			put(t, out, "dev")
			chmod(t, filepath.Dir(out), 0o777)
			link(t, "../out/away", filepath.Join(home, "link"))
		}, `not followed: directory "OUT" can be written by everybody`},
		{"in a circle", func(t *testing.T, home string) { link(t, "link", filepath.Join(home, "link")) },
			"cannot be read: too many levels of symbolic links"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			home := mkdir(t, here(t), "home")
			put(t, mkdir(t, home, "far/away"), "dev")
			test.spoil(t, home)
			want := strings.ReplaceAll(test.want, "OUT", filepath.Join(filepath.Dir(home), "out"))
			checkRead(t, mine(home), home, filepath.Join(home, "link", Name), want)
		})
	}
}

func TestAHomeDirectoryMayBeALink(t *testing.T) {
	top := here(t)
	data := mkdir(t, top, "data")
	put(t, mkdir(t, data, "me/src"), "dev")
	link(t, "data/me", filepath.Join(top, "home"))
	home := filepath.Join(top, "home")
	chmod(t, data, 0o777) // above the home directory
	checkRead(t, mine(home), home, filepath.Join(home, "src", Name), "")
	chmod(t, filepath.Join(data, "me"), 0o777)
	checkRead(t, mine(home), home, filepath.Join(home, "src", Name),
		`not followed: directory "`+data+`/me" can be written by everybody`)
}

func TestAGroupOfOnesOwnIsNobodyElse(t *testing.T) {
	home := here(t)
	path := put(t, mkdir(t, home, "src"), "dev")
	chmod(t, filepath.Dir(path), 0o775)
	chmod(t, path, 0o664)
	s := mine(home)
	s.OwnGroup = func(gid int) bool { return gid == os.Getgid() }
	checkRead(t, s, home, path, "")
	chmod(t, path, 0o666)
	checkRead(t, s, home, path, "not followed: it can be written by everybody")
	s.OwnGroup = func(gid int) bool { return false }
	checkRead(t, s, home, path, fmt.Sprintf(`not followed: directory "HOME/src" can be written by group %d`, os.Getgid()))
}

func TestWhatBelongsToRootIsFollowed(t *testing.T) {
	need.Root(t, "whose files are followed")
	home := here(t)
	path := put(t, mkdir(t, home, "src"), "dev")
	checkRead(t, Search{Home: home, UID: foreigner}, home, path, "")
}

// A file that took the place of the first one after the check is not trusted either, and vault
// does not wait for it.
func TestOpeningLooksAgain(t *testing.T) {
	tests := []struct {
		name    string
		replace func(t *testing.T, path string)
		want    string
	}{
		{"a named pipe", fifo, "not followed: it is a named pipe"},
		{"a device", func(t *testing.T, path string) { node(t, path, syscall.S_IFCHR, 1<<8|3) }, "not followed: it is a device"},
		{"a link", func(t *testing.T, path string) {
			remove(t, path)
			link(t, "/etc/passwd", path)
		}, "not followed: it is a symbolic link"},
		{"a file of somebody else", giveAway, "not followed: it belongs to user 12345"},
		{"a file that everybody can write", func(t *testing.T, path string) { chmod(t, path, 0o666) }, "not followed: it can be written by everybody"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			home := here(t)
			path := put(t, home, "dev")
			test.replace(t, path)
			_, err := mine(home).contents(path)
			if want := path + ": " + test.want; err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

func TestADirectoryThatCannotBeSearchedIsAnError(t *testing.T) {
	// The directories of the testing package let no other user in.
	home, err := os.MkdirTemp("", "dirprofile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	chmod(t, home, 0o755)
	put(t, home, "dev") // which must not be found: a nearer one may be hidden
	mkdir(t, home, "closed/src/pay")
	chmod(t, filepath.Join(home, "closed"), 0)
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(home, "closed"), 0o700) })

	cmd := play(t, "find", home)
	if os.Getuid() == 0 {
		asNobody(t, cmd)
	}
	out, err := cmd.Output()
	want := home + "/closed: cannot look for .awsprofile here: permission denied\n" +
		"chmod u+x the directory, or end the search below it with AWS_VAULT_CEILING_DIRECTORIES\n"
	if err != nil || string(out) != want {
		t.Errorf("got %v, %s, want %s", err, out, want)
	}
}

// asNobody makes a test binary run as a user to whom modes apply.
func asNobody(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	const self = "/proc/self/exe" // the binary itself is where no other user may look
	if _, err := os.Stat(self); err != nil {
		t.Skipf("root cannot play somebody else here: %v", err)
	}
	cmd.Path, cmd.Dir = self, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}
