//go:build unix

package disk

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/tests/need"
)

// inTheWay lists what can be in the place of one of vault's files. dir is its directory.
var inTheWay = map[string]func(t *testing.T, path, dir string){
	"a pipe": func(t *testing.T, path, _ string) { pipe(t, path) },
	"a socket": func(t *testing.T, path, dir string) {
		t.Chdir(dir) // a longer path has no room in its address
		l, err := net.Listen("unix", filepath.Base(path))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
	},
	"a directory":        func(t *testing.T, path, _ string) { must(t, os.Mkdir(path, 0o700)) },
	"a link to a file":   func(t *testing.T, path, dir string) { must(t, os.Symlink(dir+"/victim", path)) },
	"a link to nothing":  func(t *testing.T, path, dir string) { must(t, os.Symlink(dir+"/nowhere", path)) },
	"a link to a device": func(t *testing.T, path, _ string) { must(t, os.Symlink("/dev/zero", path)) },
	"a link to a pipe":   func(t *testing.T, path, dir string) { pipe(t, dir+"/pipe"); must(t, os.Symlink(dir+"/pipe", path)) },
	"a link in a circle": func(t *testing.T, path, _ string) { must(t, os.Symlink(path, path)) },
	"an unreadable file": func(t *testing.T, path, _ string) { must(t, os.WriteFile(path, nil, 0)) },
	"another user's file": func(t *testing.T, path, _ string) {
		must(t, os.WriteFile(path, nil, 0o600))
		must(t, os.Chown(path, 12345, -1))
	},
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever is there, each operation returns at once and follows no link. The answer is "" if
// the file can be used, and otherwise a part of the error.
func TestWhateverIsInTheWay(t *testing.T) {
	read := func(path string) error {
		_, err := ReadFile(path, Reading{Limit: 100, NoFollow: true, Check: func(info os.FileInfo) error { return Ours().Check(path, info) }})
		return err
	}
	add := func(path string) error {
		f, _, err := OpenAppend(path, Reading{NoFollow: true, Check: func(info os.FileInfo) error { return Ours().Check(path, info) }})
		if err == nil {
			f.Close()
		}
		return err
	}
	replace := func(path string) error { return Replace(path, []byte("new"), Options{}) }
	lock := func(path string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		unlock, err := Lock(ctx, path)
		if err == nil {
			unlock()
		}
		return err
	}
	const link, loop = "is a symbolic link", "too many levels of symbolic links"
	for name, answers := range map[string]struct{ read, add, replace, lock string }{
		"a pipe":              {"is not a regular file", "is not a regular file", "is not a regular file", ""},
		"a socket":            {"is not a regular file", "is not a regular file", "is not a regular file", "no such device"},
		"a directory":         {"is a directory", "is a directory", "is a directory", "is a directory"},
		"a link to a file":    {link, link, link, loop},
		"a link to nothing":   {link, link, link, loop},
		"a link to a device":  {link, link, link, loop},
		"a link to a pipe":    {link, link, link, loop},
		"a link in a circle":  {link, link, link, loop},
		"an unreadable file":  {"permission denied", "permission denied", "", "permission denied"},
		"another user's file": {"belongs to user 12345", "belongs to user 12345", "", ""},
	} {
		for operation, of := range map[string]struct {
			do   func(path string) error
			want string
		}{"read": {read, answers.read}, "add to": {add, answers.add}, "replace": {replace, answers.replace}, "lock": {lock, answers.lock}} {
			t.Run(fmt.Sprintf("%s %s", operation, name), func(t *testing.T) {
				switch name {
				case "an unreadable file":
					if os.Geteuid() == 0 {
						t.Skip("root can read every file")
					}
				case "another user's file":
					need.Root(t, "which can give a file away")
				}
				dir := t.TempDir()
				must(t, os.WriteFile(dir+"/victim", []byte("old"), 0o600))
				inTheWay[name](t, dir+"/f", dir)
				done := make(chan error, 1)
				go func() { done <- of.do(dir + "/f") }()
				select {
				case err := <-done:
					if (err == nil) != (of.want == "") || err != nil && !strings.Contains(err.Error(), of.want) {
						t.Errorf("got %v, want %q", err, of.want)
					}
				case <-time.After(10 * time.Second):
					t.Fatal("it hangs")
				}
				if text, err := os.ReadFile(dir + "/victim"); err != nil || string(text) != "old" {
					t.Errorf("what the link leads to has %q, %v", text, err)
				}
				if _, err := os.Lstat(dir + "/nowhere"); err == nil {
					t.Error("what the link leads to was made")
				}
			})
		}
	}
}
