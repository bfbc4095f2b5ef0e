package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// info is a file with the given owner, group and mode.
type info struct {
	uid, gid int
	mode     fs.FileMode
}

func (i info) Name() string       { return "f" }
func (i info) Size() int64        { return 0 }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return sys(i) }

func TestRule(t *testing.T) {
	unixOnly(t)
	mine := Rule{UID: 5}
	orRoot := Rule{UID: 5, Root: true}
	private := Rule{UID: 5, Private: true}
	group := Rule{UID: 5, OwnGroup: func(gid int) bool { return gid == 7 }}
	privateGroup := Rule{UID: 5, Private: true, OwnGroup: group.OwnGroup}
	sticky := Rule{UID: 5, Root: true, Sticky: true}
	for _, test := range []struct {
		name string
		rule Rule
		file info
		want string
	}{
		{"mine", mine, info{5, 7, 0o600}, ""},
		{"others may read", mine, info{5, 7, 0o644}, ""},
		{"not what is private", private, info{5, 7, 0o644}, "can be read by everybody"},
		{"nor go into it", private, info{5, 7, fs.ModeDir | 0o701}, "can be read by everybody"},
		{"nor may a group", private, info{5, 7, 0o640}, "can be read by group 7"},
		{"unless it is one's own", privateGroup, info{5, 7, 0o660}, ""},
		{"private it is", private, info{5, 7, fs.ModeDir | 0o700}, ""},
		{"another user's", mine, info{6, 7, 0o600}, "belongs to user 6"},
		{"root's", mine, info{0, 0, 0o600}, "belongs to user 0"},
		{"root's, which may be", orRoot, info{0, 0, 0o644}, ""},
		{"root's, which others can write", orRoot, info{0, 0, 0o646}, "can be written by everybody"},
		{"another user's still", orRoot, info{6, 0, 0o600}, "belongs to user 6"},
		{"everybody may write", mine, info{5, 7, 0o602}, "can be written by everybody"},
		{"a group may write", mine, info{5, 7, 0o660}, "can be written by group 7"},
		{"one's own group may", group, info{5, 7, 0o660}, ""},
		{"another group may not", group, info{5, 8, 0o660}, "can be written by group 8"},
		{"nor everybody", group, info{5, 7, 0o666}, "can be written by everybody"},
		{"a sticky directory", sticky, info{0, 0, fs.ModeDir | fs.ModeSticky | 0o777}, ""},
		{"a sticky directory of another user", sticky, info{6, 0, fs.ModeDir | fs.ModeSticky | 0o777}, "belongs to user 6"},
		{"a sticky file", sticky, info{5, 0, fs.ModeSticky | 0o666}, "can be written by everybody"},
		{"a sticky directory, by the other rules", orRoot, info{0, 0, fs.ModeDir | fs.ModeSticky | 0o777}, "can be written by everybody"},
		{"a link", mine, info{5, 7, fs.ModeSymlink | 0o777}, ""},
		{"a link of another user", mine, info{6, 7, fs.ModeSymlink | 0o777}, "belongs to user 6"},
		{"a file system without owners", mine, info{-1, 0, 0o600}, "has no known owner"},
	} {
		if got := test.rule.flaw("/proc/nonexistent", test.file); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
		err := test.rule.Check("a\nb", test.file)
		if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != `"a\nb" `+test.want) {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

func TestOursIsOurs(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), "f"), "", 0o600)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Rule{Ours(), OursOrRoots()} {
		if flaw := r.Flaw(path, info); flaw != "" {
			t.Errorf("a file of ours %s", flaw)
		}
	}
	if Ours().Root || !OursOrRoots().Root {
		t.Error("root may own what is ours, or may not own what may be root's")
	}
}

func TestCheckDir(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	put(t, dir+"/file", "", 0o600)
	os.Symlink(".", dir+"/link")
	for mode, name := range map[fs.FileMode]string{0o700: "private", 0o755: "readable", 0o777: "open"} {
		os.Mkdir(dir+"/"+name, 0o700)
		if err := os.Chmod(dir+"/"+name, mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"private": "", "readable": "", "open": `directory "DIR/open" can be written by everybody`,
		"file": `"DIR/file" is not a directory`, "link": `"DIR/link" is not a directory`, "none": "lstat DIR/none: no such file or directory",
	} {
		err := Ours().CheckDir(dir + "/" + name)
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), dir, "DIR")
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestWhereOthersCanWrite(t *testing.T) {
	unixOnly(t)
	for _, c := range []struct {
		open  string // with this mode; the others are the user's alone
		mode  fs.FileMode
		below string // what FlawBelow of top/a/b finds
		above string // what OpenAbove finds between top and top/a/b
	}{
		{"top/a/b", 0o700, "", ""},
		{"top/a/b/c", 0o755, "", ""},
		{"top/a/b", 0o777, "top/a/b: can be written by everybody", ""},
		{"top/a/b/c", 0o777, "top/a/b/c: can be written by everybody", ""},
		{"top/a/b/c", 0o772, "top/a/b/c: can be written by everybody", ""},
		{"top/a/b/c/d", 0o777, "", ""}, // who reads there looks
		{"top/a", 0o777, "", "top/a"},
		{"top/a", 0o777 | fs.ModeSticky, "", ""},
		{"top", 0o777, "", ""},
	} {
		base := t.TempDir()
		if err := os.MkdirAll(base+"/top/a/b/c/d", 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, base+"/top/a/b/file", "", 0o600)
		if err := os.Chmod(base+"/"+c.open, c.mode); err != nil {
			t.Fatal(err)
		}
		path, flaw := Ours().FlawBelow(base + "/top/a/b")
		if flaw != "" {
			flaw = strings.TrimPrefix(path, base+"/") + ": " + flaw
		}
		if flaw != c.below {
			t.Errorf("%v: got %q", c, flaw)
		}
		if got := strings.TrimPrefix(OpenAbove(base+"/top", base+"/top/a/b"), base+"/"); got != c.above {
			t.Errorf("%v: above: got %q", c, got)
		}
	}
	if path, flaw := Ours().FlawBelow(t.TempDir() + "/none"); path+flaw != "" {
		t.Errorf("none: %q %q", path, flaw)
	}
	for _, top := range []string{"", "/proc/elsewhere", "relative"} {
		if got := OpenAbove(top, "/tmp/x"); got != "" {
			t.Errorf("from %q: %q", top, got)
		}
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, "f"), "12345", 0o600)
	refused := errors.New("refused")
	for _, test := range []struct {
		name    string
		path    string
		reading Reading
		want    string
		err     error
	}{
		{"all of it", path, Reading{Limit: 5}, "12345", nil},
		{"too much", path, Reading{Limit: 4}, "", ErrTooLarge},
		{"not there", filepath.Join(dir, "none"), Reading{Limit: 5}, "", fs.ErrNotExist},
		{"refused by the check", path, Reading{Limit: 5, Check: func(fs.FileInfo) error { return refused }}, "", refused},
		{"taken by the check", path, Reading{Limit: 5, Check: func(i fs.FileInfo) error {
			if i.Size() != 5 {
				return refused
			}
			return nil
		}}, "12345", nil},
	} {
		got, err := ReadFile(test.path, test.reading)
		if string(got) != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: got %q, %v", test.name, got, err)
		}
	}
}

// Opening a pipe without a writer would block for ever.
func TestReadFileReadsRegularFilesOnly(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	put(t, dir+"/f", "text", 0o600)
	os.Symlink("f", dir+"/link")
	pipe(t, dir+"/pipe")
	os.Symlink("pipe", dir+"/to-pipe")
	for _, test := range []struct {
		name     string
		noFollow bool
		want     string
	}{
		{"f", true, ""}, {"link", false, ""}, {"link", true, "DIR/link is a symbolic link"}, {"pipe", false, "DIR/pipe is not a regular file"},
		{"to-pipe", false, "DIR/to-pipe is not a regular file"}, {".", false, "DIR/. is a directory"},
	} {
		data, err := ReadFile(dir+"/"+test.name, Reading{Limit: 10, NoFollow: test.noFollow})
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), dir, "DIR")
		}
		if got != test.want || err == nil && string(data) != "text" {
			t.Errorf("%s: got %q, %q, want %q", test.name, data, got, test.want)
		}
	}
	if _, err := ReadFile(os.DevNull, Reading{Limit: 10}); err == nil || err.Error() != "/dev/null is not a regular file" {
		t.Errorf("a device: %v", err)
	}
	// What takes the place of the file after it was looked at.
	_, _, err := Open(dir+"/f", Reading{NoFollow: true, Check: func(fs.FileInfo) error { return nil }})
	if err != nil {
		t.Error(err)
	}
	if f, err := os.OpenFile(dir+"/link", os.O_RDONLY|openFlags|noFollow, 0); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("the flags follow a link: %v, %v", f, err)
	}
}

func TestReadFileWithoutASize(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("there is no /proc")
	}
	data, err := ReadFile("/proc/self/status", Reading{Limit: 1 << 20})
	if err != nil || !strings.Contains(string(data), "VmRSS") {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if _, err := ReadFile("/proc/self/status", Reading{Limit: 100}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestOpenAppend(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "f")
	for _, text := range []string{"one\n", "two\n"} {
		f, info, err := OpenAppend(path, Reading{NoFollow: true})
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() != int64(strings.Index("one\ntwo\n", text)) {
			t.Errorf("%d bytes before %q", info.Size(), text)
		}
		f.WriteString(text)
		f.Close()
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "one\ntwo\n" {
		t.Errorf("got %q, %v", data, err)
	}
	refused := errors.New("refused")
	if _, _, err := OpenAppend(path, Reading{Check: func(fs.FileInfo) error { return refused }}); err != refused {
		t.Errorf("got %v", err)
	}
	unixOnly(t)
	for name, want := range map[string]fs.FileMode{"a": 0o700, "a/b": 0o700, "a/b/f": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	pipe(t, dir+"/pipe")
	os.Symlink(path, dir+"/link")
	for _, name := range []string{"pipe", "link"} {
		if _, _, err := OpenAppend(dir+"/"+name, Reading{NoFollow: true}); err == nil {
			t.Errorf("%s is opened", name)
		}
	}
}
