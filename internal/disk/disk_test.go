package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/need"
)

func put(t *testing.T, path, text string, mode fs.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return path
}

// state returns the content of a directory: the mode and the text of each file.
func state(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text := ""
		switch {
		case info.Mode().IsRegular():
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = string(data)
		case info.Mode()&fs.ModeSymlink != 0:
			text, _ = os.Readlink(path)
		}
		mode := info.Mode().String()
		if info.Mode()&fs.ModeSymlink != 0 {
			mode = "link" // its permissions differ between systems
		}
		name, _ := filepath.Rel(dir, path)
		got[filepath.ToSlash(name)] = mode + " " + text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func unixOnly(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has neither modes, owners nor pipes in directories, and links need a privilege")
	}
}

func TestReplace(t *testing.T) {
	unixOnly(t)
	changed := errors.New("it changed in the meantime")
	for _, test := range []struct {
		name    string
		before  func(t *testing.T, dir string)
		path    string
		options Options
		err     string // without the directory
		want    map[string]string
	}{
		{"a new file is for its owner only", nil, "f", Options{}, "", map[string]string{"f": "-rw------- new"}},
		{"or has the mode that is asked for", nil, "f", Options{Mode: 0o644}, "", map[string]string{"f": "-rw-r--r-- new"}},
		{"an old one gets it too", func(t *testing.T, dir string) { put(t, dir+"/f", "old", 0o666) }, "f", Options{}, "", map[string]string{"f": "-rw------- new"}},
		{"unless it is to keep its own", func(t *testing.T, dir string) { put(t, dir+"/f", "old", 0o644) }, "f", Options{Keep: true}, "", map[string]string{"f": "-rw-r--r-- new"}},
		{"also one that cannot be written", func(t *testing.T, dir string) { put(t, dir+"/f", "old", 0o400) }, "f", Options{Keep: true}, "", map[string]string{"f": "-r-------- new"}},
		{"keep says nothing of a new one", nil, "f", Options{Keep: true, Mode: 0o640}, "", map[string]string{"f": "-rw-r----- new"}},
		{"directories are not made", nil, "a/f", Options{}, "write DIR/a/f: no such file or directory", map[string]string{}},
		{"unless asked for", nil, "a/b/f", Options{MakeDir: true}, "", map[string]string{"a": "drwx------ ", "a/b": "drwx------ ", "a/b/f": "-rw------- new"}},
		{"a directory is refused", func(t *testing.T, dir string) { os.Mkdir(dir+"/f", 0o700) }, "f", Options{}, "DIR/f is a directory", map[string]string{"f": "drwx------ "}},
		{"so is the name of one", nil, "f/", Options{}, "DIR/f/ is a directory", map[string]string{}},
		{"a link is refused", func(t *testing.T, dir string) { os.Symlink("g", dir+"/f") }, "f", Options{}, "DIR/f is a symbolic link", map[string]string{"f": "link g"}},
		{"or followed", func(t *testing.T, dir string) {
			put(t, dir+"/h", "old", 0o640)
			os.Symlink("h", dir+"/g")
			os.Symlink(dir+"/g", dir+"/f")
		}, "f", Options{Follow: true, Keep: true}, "", map[string]string{"f": "link DIR/g", "g": "link h", "h": "-rw-r----- new"}},
		{"to what is not there yet", func(t *testing.T, dir string) { os.Symlink("a/g", dir+"/f") }, "f", Options{Follow: true, MakeDir: true}, "",
			map[string]string{"f": "link a/g", "a": "drwx------ ", "a/g": "-rw------- new"}},
		{"not in a circle", func(t *testing.T, dir string) { os.Symlink("f", dir+"/f") }, "f", Options{Follow: true}, "DIR/f: too many symbolic links", map[string]string{"f": "link f"}},
		{"a check that fails leaves the old one", func(t *testing.T, dir string) { put(t, dir+"/f", "old", 0o600) }, "f", Options{Check: func() error { return changed }},
			changed.Error(), map[string]string{"f": "-rw------- old"}},
		{"a directory that takes its place meanwhile is not replaced", nil, "f", Options{}, "write DIR/f: file exists", map[string]string{"f": "drwx------ ", "f/g": "-rw------- x"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if test.before != nil {
				test.before(t, dir)
			}
			if strings.Contains(test.name, "meanwhile is not") {
				test.options.Check = func() error {
					return errors.Join(os.Mkdir(dir+"/f", 0o700), os.WriteFile(dir+"/f/g", []byte("x"), 0o600))
				}
			}
			err := Replace(dir+"/"+test.path, []byte("new"), test.options)
			message := ""
			if err != nil {
				message = strings.ReplaceAll(err.Error(), dir, "DIR")
			}
			if message != test.err {
				t.Errorf("got error %q, want %q", message, test.err)
			}
			got := state(t, dir)
			for name, text := range got {
				got[name] = strings.ReplaceAll(text, dir, "DIR")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestReplaceRefusesADevice(t *testing.T) {
	unixOnly(t)
	for _, o := range []Options{{}, {Follow: true, Keep: true}} {
		if err := Replace(os.DevNull, nil, o); err == nil || err.Error() != "/dev/null is not a regular file" {
			t.Errorf("got %v", err)
		}
	}
}

// Check sees the old file in its place, and the new one beside it, complete and with its mode.
func TestTheNewFileIsCompleteBeforeItIsSeen(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	put(t, dir+"/f", "old", 0o640)
	var seen map[string]string
	err := Replace(dir+"/f", []byte("new"), Options{Keep: true, Check: func() error { seen = state(t, dir); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, text := range seen {
		if Leftover(name) {
			name = "temporary"
		}
		got[name] = text
	}
	if diff := cmp.Diff(map[string]string{"f": "-rw-r----- old", "temporary": "-rw-r----- new"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestReadersSeeOneTextOrTheOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	texts := []string{strings.Repeat("a", 1<<16), strings.Repeat("b", 1<<16)}
	if err := Replace(path, []byte(texts[0]), Options{}); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for i := range 2 {
		writers.Go(func() {
			for range 30 {
				if err := Replace(path, []byte(texts[i]), Options{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 200 {
		if data, err := os.ReadFile(path); runtime.GOOS != "windows" && (err != nil || string(data) != texts[0] && string(data) != texts[1]) {
			t.Fatalf("%d bytes, %v", len(data), err)
		}
	}
	writers.Wait()
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left: %v", entries)
	}
}

func TestReplaceInADirectoryThatCannotBeWritten(t *testing.T) {
	unixOnly(t)
	need.User(t, "whom modes bind")
	dir := t.TempDir()
	put(t, dir+"/f", "old", 0o600)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o700) }) // or it could not be removed
	err := Replace(dir+"/f", []byte("new"), Options{})
	if want := "write " + dir + "/f: permission denied"; err == nil || err.Error() != want || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestReplaceKeepsOwnerAndGroup(t *testing.T) {
	unixOnly(t)
	need.Root(t, "which can give files away")
	path := put(t, filepath.Join(t.TempDir(), "f"), "old", 0o660)
	if err := os.Chown(path, 12345, 23456); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("new"), Options{Keep: true}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	uid, gid, _ := ids(info)
	if uid != 12345 || gid != 23456 || info.Mode().Perm() != 0o660 {
		t.Errorf("got %d:%d %v", uid, gid, info.Mode())
	}
}

// `sudo -E` keeps the user's HOME: files that root puts there must not lock the user out.
func TestMoveKeepsTheOwner(t *testing.T) {
	unixOnly(t)
	need.Root(t, "which can give files away")
	for _, c := range []struct {
		name       string
		dir, old   int // owners; no file where old is negative
		owner, grp int
	}{
		{"a new file in another user's directory", 12345, -1, 12345, 23456},
		{"another user's file", 12345, 12345, 12345, 23456},
		{"another user's file in root's directory", 0, 12345, 12345, 23456},
		{"root's file in another user's directory", 12345, 0, 0, 0},
		{"root's own", 0, -1, 0, 0},
	} {
		dir := t.TempDir() + "/d"
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		group := func(uid int) int { return uid / 12345 * 23456 }
		must(os.Mkdir(dir, 0o700))
		must(os.Chown(dir, c.dir, group(c.dir)))
		if c.old >= 0 {
			must(os.Chown(put(t, dir+"/f", "old", 0o600), c.old, group(c.old)))
		}
		made := put(t, filepath.Join(t.TempDir(), "made"), "new", 0o600)
		must(Move(made, dir+"/f"))
		info, err := os.Stat(dir + "/f")
		must(err)
		if uid, gid, _ := ids(info); uid != c.owner || gid != c.grp || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %d:%d %v, want %d:%d 0600", c.name, uid, gid, info.Mode(), c.owner, c.grp)
		}
	}
}

func TestMove(t *testing.T) {
	dir := t.TempDir()
	made, target := put(t, filepath.Join(dir, "made"), "new", 0o600), put(t, filepath.Join(dir, "f"), "old", 0o600)
	if err := Move(made, target); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"f": "-rw------- new"}, state(t, dir)); diff != "" && runtime.GOOS != "windows" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var path *fs.PathError
	if err := Move(made, target); !errors.As(err, &path) || path.Path != target || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of a file that is not there: %v", err)
	}
}

func TestLeftover(t *testing.T) {
	made := map[bool]string{}
	for _, locked := range []bool{false, true} {
		f, err := create(filepath.Join(t.TempDir(), strings.Repeat("x", 255)), locked)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		made[locked] = filepath.Base(f.Name())
	}
	for name, want := range map[string]bool{
		made[false]: true, made[true]: true, ".vault-123.tmp": true,
		".vault-123": true, ".vault-init-123": true, // of earlier versions
		"": false, ".vault-": false, ".vault-.tmp": false, ".vault-x.tmp": false, "vault-123.tmp": false, ".vaultrc": false, ".vault-token": false, ".config.lock": false,
	} {
		if got := Leftover(name); got != want {
			t.Errorf("%q: got %t", name, got)
		}
	}
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	busy, other := errors.New("busy"), errors.New("other")
	passes := func(err error) bool { return err == busy }
	for _, test := range []struct {
		name   string
		fails  []error
		want   error
		tries  int
		waited time.Duration
	}{
		{"at once", nil, nil, 1, 0},
		{"the third time", []error{busy, busy}, nil, 3, 12 * time.Millisecond},
		{"never", []error{busy, busy, busy, busy, busy, busy, busy, busy, busy, busy, busy}, busy, 10, 2044 * time.Millisecond},
		{"what does not pass", []error{busy, other}, other, 2, 4 * time.Millisecond},
	} {
		tries, waited := 0, time.Duration(0)
		err := again(func() error {
			if tries++; tries <= len(test.fails) {
				return test.fails[tries-1]
			}
			return nil
		}, passes, func(d time.Duration) { waited += d })
		if err != test.want || tries != test.tries || waited != test.waited {
			t.Errorf("%s: got %v after %d tries and %v", test.name, err, tries, waited)
		}
	}
}

func TestNothingIsLostIfWindowsTakesTheOldFileAway(t *testing.T) {
	err := about("p", fmt.Errorf("x: %w", &strandedError{"p", ".vault-1.tmp", &os.LinkError{Op: "replace", Err: fs.ErrPermission}}))
	if !strings.Contains(err.Error(), "its new contents are in .vault-1.tmp") || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

func TestAWriterWithALockRemovesWhatAKilledOneLeft(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"f", "g"} {
		left, err := create(filepath.Join(dir, name), true)
		if err != nil {
			t.Fatal(err)
		}
		left.WriteString("half")
		left.Close()
	}
	if err := Replace(filepath.Join(dir, "f"), []byte("new"), Options{Locked: true}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range state(t, dir) {
		if Leftover(name) {
			name = "left"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"f", "left"}, names); diff != "" { // that of g
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Two writers may hold different locks, as in a container that shares the directory. The
// writer whose temporary file was removed writes nothing.
func TestATemporaryFileThatIsTakenAwayIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := Replace(path, []byte("first"), Options{}); err != nil {
		t.Fatal(err)
	}
	err := Replace(path, []byte("inner"), Options{Locked: true, Check: func() error {
		return Replace(path, []byte("second"), Options{Locked: true})
	}})
	if err == nil {
		t.Error("no error")
	}
	text, _ := os.ReadFile(path)
	if string(text) != "second" {
		t.Errorf("the file says %q", text)
	}
}

// A file that could not be moved into place may be the only copy.
func TestMoveKeepsWhatItCouldNotMove(t *testing.T) {
	dir := t.TempDir()
	made, target := filepath.Join(dir, "made"), filepath.Join(dir, "target")
	if err := errors.Join(os.WriteFile(made, []byte("x"), 0o600), os.MkdirAll(filepath.Join(target, "full"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := Move(made, target); err == nil {
		t.Error("a file took the place of a directory")
	}
	if text, err := os.ReadFile(made); string(text) != "x" || err != nil {
		t.Errorf("it is %q, %v", text, err)
	}
}
