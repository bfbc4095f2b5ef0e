package awsfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/awsconf"
	"awsvault/internal/disk"
)

func profileHeader(name string) awsconf.Header { return awsconf.Header{Name: name} }

func parse(t *testing.T, text string) *awsconf.File {
	t.Helper()
	f, err := awsconf.Parse("config", awsconf.ConfigFile, text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// write returns an edit that replaces the whole text.
func write(text string) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return []byte(text), nil }
}

func writeFile(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func checkFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", path, diff)
	}
}

// locks returns locks by name, in a directory of the test's own. They also work between
// processes.
func locks(t *testing.T) Lock {
	t.Helper()
	dir := os.Getenv("AWSFILE_TEST_LOCKS")
	if dir == "" {
		dir = t.TempDir()
	}
	return disk.Locks{Dirs: []string{dir}}.Lock
}

// checkNames compares the names in a directory.
func checkNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", dir, diff)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestUpdateCreatesForTheOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "home", ".aws")
	path := filepath.Join(dir, "config")
	err := Update(t.Context(), locks(t), path, func(data []byte) ([]byte, error) {
		return awsconf.SetKeys(data, profileHeader("a"), []awsconf.KV{{Key: "k", Value: "v"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	checkFile(t, path, "[profile a]\nk = v\n")
	checkNames(t, dir, "config")
	if runtime.GOOS != "windows" && (mode(t, path) != 0o600 || mode(t, dir) != 0o700) {
		t.Errorf("got modes %v and %v", mode(t, path), mode(t, dir))
	}
}

func TestUpdateKeepsTheMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are of unix")
	}
	for _, want := range []fs.FileMode{0o600, 0o644, 0o666, 0o400} {
		path := filepath.Join(t.TempDir(), "config")
		writeFile(t, path, "old", want)
		if err := Update(t.Context(), locks(t), path, write("new")); err != nil {
			t.Fatal(err)
		}
		checkFile(t, path, "new")
		if got := mode(t, path); got != want {
			t.Errorf("got mode %v, want %v", got, want)
		}
	}
}

func TestUpdateFollowsLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	link := func(t *testing.T, target, path string) {
		t.Helper()
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("to a file elsewhere, which is replaced there", func(t *testing.T) {
		dir := t.TempDir()
		for _, sub := range []string{"home", "dotfiles"} {
			if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		real := filepath.Join(dir, "dotfiles", "real")
		writeFile(t, real, "old", 0o640)
		link(t, "real", filepath.Join(dir, "dotfiles", "config"))
		link(t, "../dotfiles/config", filepath.Join(dir, "home", "config"))
		if err := Update(t.Context(), locks(t), filepath.Join(dir, "home", "config"), write("new")); err != nil {
			t.Fatal(err)
		}
		checkFile(t, real, "new")
		checkNames(t, filepath.Join(dir, "home"), "config")
		checkNames(t, filepath.Join(dir, "dotfiles"), "config", "real")
		if got := mode(t, real); got != 0o640 {
			t.Errorf("got mode %v, want 0640", got)
		}
		for _, path := range []string{"home/config", "dotfiles/config"} {
			if info, err := os.Lstat(filepath.Join(dir, path)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
				t.Errorf("%s is no link any more: %v, %v", path, info, err)
			}
		}
	})
	t.Run("relative to the directory that a directory's link points to", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "far", "away", "aws"), 0o700); err != nil {
			t.Fatal(err)
		}
		link(t, "far/away/aws", filepath.Join(dir, ".aws"))
		link(t, "../config", filepath.Join(dir, ".aws", "config"))
		if err := Update(t.Context(), locks(t), filepath.Join(dir, ".aws", "config"), write("new")); err != nil {
			t.Fatal(err)
		}
		checkFile(t, filepath.Join(dir, "far", "away", "config"), "new")
	})
	t.Run("to what does not exist yet", func(t *testing.T) {
		dir := t.TempDir()
		link(t, "later/config", filepath.Join(dir, "config"))
		if err := Update(t.Context(), locks(t), filepath.Join(dir, "config"), write("new")); err != nil {
			t.Fatal(err)
		}
		checkFile(t, filepath.Join(dir, "later", "config"), "new")
	})
	t.Run("not in a circle", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "config")
		link(t, "config", path)
		err := Update(t.Context(), locks(t), path, write("new"))
		if want := path + ": too many symbolic links"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
}

func TestUpdateWithoutAChangeWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	writeFile(t, path, "[profile a]\nk = v\n", 0o600)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	err = Update(t.Context(), locks(t), path, func(data []byte) ([]byte, error) {
		return awsconf.SetKeys(data, profileHeader("a"), []awsconf.KV{{Key: "k", Value: "v"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Error("the file has been written")
	}
	missing := filepath.Join(t.TempDir(), "config")
	if err := Update(t.Context(), locks(t), missing, write("")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want no file", err)
	}
}

func TestUpdateFailsWithoutATrace(t *testing.T) {
	t.Run("if the edit fails, which is told with the path", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "config")
		writeFile(t, path, "[profile a]\njunk\n", 0o600)
		err := Update(t.Context(), locks(t), path, func(data []byte) ([]byte, error) {
			return awsconf.SetKeys(data, profileHeader("a"), []awsconf.KV{{Key: "k", Value: "v"}})
		})
		if want := path + `:2: line is neither "key = value" nor a comment`; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		checkFile(t, path, "[profile a]\njunk\n")
		checkNames(t, filepath.Dir(path), "config")
	})
	t.Run("if the edit fails half way", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "config")
		writeFile(t, path, "old", 0o600)
		wrong := errors.New("wrong")
		err := Update(t.Context(), locks(t), path, func(data []byte) ([]byte, error) {
			copy(data, "new") // its own copy
			return data, wrong
		})
		if !errors.Is(err, wrong) {
			t.Errorf("got %v, want %v", err, wrong)
		}
		checkFile(t, path, "old")
	})
	t.Run("if the new file cannot be put in place", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "config")
		err := Update(t.Context(), locks(t), path, func([]byte) ([]byte, error) {
			// Somebody makes a directory of it meanwhile.
			return []byte("new"), os.MkdirAll(filepath.Join(path, "full"), 0o700)
		})
		if err == nil {
			t.Error("got no error")
		}
		checkNames(t, filepath.Dir(path), "config")
	})
	t.Run("if it is a device", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("devices are of unix")
		}
		err := Update(t.Context(), locks(t), os.DevNull, write("new"))
		if want := "/dev/null is not a regular file"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
	for _, name := range []string{"", "/"} {
		t.Run("if it is a directory"+name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config")
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			err := Update(t.Context(), locks(t), path+name, write("new"))
			if want := path + name + " is a directory"; err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
			checkNames(t, filepath.Dir(path), "config")
			checkNames(t, path)
		})
	}
}

// However the path is spelled, Update takes the lock of the file that it replaces.
func TestUpdateWaitsForTheLockAsLongAsItMay(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "real", "config")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	paths := []string{path, filepath.Join(dir, "real", "..", "real") + "/config"}
	if runtime.GOOS != "windows" {
		for name, target := range map[string]string{"dir": "real", "link": "real/config"} {
			if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		paths = append(paths, filepath.Join(dir, "dir", "config"), filepath.Join(dir, "link"))
	}
	lock := locks(t)
	for _, held := range paths {
		for _, wanted := range paths {
			err := Update(t.Context(), lock, held, func([]byte) ([]byte, error) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
				defer cancel()
				return nil, Update(ctx, lock, wanted, write("new"))
			})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s is changed while %s is: %v", wanted, held, err)
			}
		}
	}
	checkNames(t, filepath.Dir(path))
}

// If no lock can be taken, the file can still be changed.
func TestUpdateWithoutALock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	none := func(context.Context, string) (func(), error) { return nil, errors.New("none") }
	if err := Update(t.Context(), none, path, write("new")); err != nil {
		t.Fatal(err)
	}
	checkFile(t, path, "new")
}

func TestUpdatesAtOnceAllCount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	var all sync.WaitGroup
	lock := locks(t)
	for i := range 10 {
		all.Go(func() {
			err := Update(t.Context(), lock, path, func(data []byte) ([]byte, error) {
				return awsconf.Apply(data, []awsconf.Edit{{Header: profileHeader(fmt.Sprintf("p%d", i)), New: true}})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := awsconf.Parse(path, awsconf.ConfigFile, data)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(awsconf.Merge(f, nil).Names()); got != 10 {
		t.Errorf("got %d profiles, want 10", got)
	}
	checkNames(t, filepath.Dir(path), "config")
}

func TestCheckSaysWhyAFileCannotBeUpdated(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "file"), "x", 0o600)
	for name, target := range map[string]string{"link": "file", "dangling": "none", "circle": "circle"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "file"): "", filepath.Join(dir, "none"): "", filepath.Join(dir, "link"): "", filepath.Join(dir, "dangling"): "",
		dir:                          "SHOWN is a directory",
		os.DevNull:                   "SHOWN is not a regular file",
		filepath.Join(dir, "circle"): "SHOWN is a symbolic link that leads back to itself",
		filepath.Join(dir, "file/x"): "read SHOWN: not a directory",
	} {
		got := ""
		if _, err := Text(path, "SHOWN"); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	checkNames(t, dir, "circle", "dangling", "file", "link")
}

func TestUpdateNoticesAnEditInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	writeFile(t, path, "old", 0o600)
	err := Update(t.Context(), locks(t), path, func(data []byte) ([]byte, error) {
		copy(data, "new")
		return data, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	checkFile(t, path, "new")
}
