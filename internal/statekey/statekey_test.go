package statekey

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

func TestTheKeyIsMadeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "state")
	if _, err := Read(dir); err == nil {
		t.Error("there is none, and it is read")
	}
	first, err := Make(dir)
	if err != nil || len(first) != 32 || bytes.Equal(first, make([]byte, 32)) {
		t.Fatal(first, err)
	}
	for name, get := range map[string]func(string) ([]byte, error){"Make": Make, "Read": Read} {
		if got, err := get(dir); err != nil || !bytes.Equal(got, first) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, File)); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	other, err := Make(t.TempDir())
	if err != nil || bytes.Equal(other, first) {
		t.Errorf("two homes have one key: %v", err)
	}
}

func TestTwoFirstShellsAgree(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		keys := make([][]byte, 8)
		var all sync.WaitGroup
		for i := range keys {
			all.Go(func() { keys[i], _ = Make(dir) })
		}
		all.Wait()
		for i := range keys {
			if len(keys[i]) != 32 || !bytes.Equal(keys[i], keys[0]) {
				t.Fatalf("%x\n%x", keys[0], keys[i])
			}
		}
	}
}

func TestAKeyThatOthersMayKnowIsNone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no owner and mode there")
	}
	for name, spoil := range map[string]func(dir, path string){
		"others can read it":    func(_, path string) { os.Chmod(path, 0o644) },
		"its group can read it": func(_, path string) { os.Chmod(path, 0o640) },
		"others can write it":   func(_, path string) { os.Chmod(path, 0o602) },
		"it is short":           func(_, path string) { os.WriteFile(path, make([]byte, 31), 0o600) },
		"it is empty":           func(_, path string) { os.WriteFile(path, nil, 0o600) },
		"it is long":            func(_, path string) { os.WriteFile(path, make([]byte, 33), 0o600) },
		"it is a link":          func(dir, path string) { os.Rename(path, dir+"/x"); os.Symlink(dir+"/x", path) },
		"it leads nowhere":      func(dir, path string) { os.Remove(path); os.Symlink(dir+"/y", path) },
		"it is a directory":     func(_, path string) { os.Remove(path); os.Mkdir(path, 0o700) },
		"it is gone":            func(_, path string) { os.Remove(path) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first, err := Make(dir)
			if err != nil {
				t.Fatal(err)
			}
			spoil(dir, filepath.Join(dir, File))
			if _, err := Read(dir); err == nil {
				t.Error("it is read")
			}
			second, err := Make(dir)
			if err != nil || len(second) != 32 || bytes.Equal(second, first) {
				t.Errorf("not made anew: %v", err)
			}
			if again, err := Read(dir); err != nil || !bytes.Equal(again, second) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("its directory is for all", func(t *testing.T) {
		dir := t.TempDir()
		if _, err := Make(dir); err != nil {
			t.Fatal(err)
		}
		os.Chmod(dir, 0o777)
		for name, get := range map[string]func(string) ([]byte, error){"Make": Make, "Read": Read} {
			if _, err := get(dir); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	})
}

func TestNoStateDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, get := range map[string]func(string) ([]byte, error){"Make": Make, "Read": Read} {
		if key, err := get(""); err == nil || key != nil {
			t.Errorf("%s: %v, %v", name, key, err)
		}
	}
	if left, _ := os.ReadDir("."); len(left) != 0 {
		t.Errorf("left in the working directory: %v", left)
	}
	os.WriteFile("file", nil, 0o600)
	if _, err := Make("file/state"); err == nil {
		t.Error("below a file: no error")
	}
}
