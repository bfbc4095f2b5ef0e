package disk

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// folder returns a directory that is not removed by os.RemoveAll, which fails under Wine.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "disk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			os.Remove(filepath.Join(dir, e.Name()))
		}
		os.Remove(dir)
	})
	return dir
}

func attributes(t *testing.T, path string) uint32 {
	t.Helper()
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := windows.GetFileAttributes(name)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestReplaceKeepsTheAttributes(t *testing.T) {
	for _, keep := range []bool{true, false} {
		path := put(t, filepath.Join(folder(t), "f"), "old", 0o600)
		name, _ := windows.UTF16PtrFromString(path)
		if err := windows.SetFileAttributes(name, windows.FILE_ATTRIBUTE_HIDDEN); err != nil {
			t.Fatal(err)
		}
		if err := Replace(path, []byte("new"), Options{Keep: keep}); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "new" {
			t.Errorf("keep %t: got %q, %v", keep, text, err)
		}
		if hidden := attributes(t, path)&windows.FILE_ATTRIBUTE_HIDDEN != 0; hidden != keep {
			t.Errorf("keep %t: hidden %t", keep, hidden)
		}
		if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
			t.Errorf("keep %t: left %v", keep, entries)
		}
	}
}

func TestReplaceMakesAFileThatIsNotThere(t *testing.T) {
	path := filepath.Join(folder(t), "f")
	if err := Replace(path, []byte("new"), Options{Keep: true}); err != nil {
		t.Fatal(err)
	}
}

// Another program has the file open for a moment, and lets nobody replace it.
func TestReplaceWaitsForAFileThatIsOpen(t *testing.T) {
	for _, keep := range []bool{true, false} {
		path := put(t, filepath.Join(folder(t), "f"), "old", 0o600)
		name, _ := windows.UTF16PtrFromString(path)
		open, err := windows.CreateFile(name, windows.GENERIC_READ, windows.FILE_SHARE_READ, nil, windows.OPEN_EXISTING, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(200*time.Millisecond, func() { windows.CloseHandle(open) })
		if err := Replace(path, []byte("new"), Options{Keep: keep}); err != nil {
			t.Fatalf("keep %t: %v", keep, err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "new" {
			t.Errorf("keep %t: got %q, %v", keep, text, err)
		}
	}
}

func TestReplaceGivesUpOnAFileThatStaysOpen(t *testing.T) {
	path := put(t, filepath.Join(folder(t), "f"), "old", 0o600)
	name, _ := windows.UTF16PtrFromString(path)
	open, err := windows.CreateFile(name, windows.GENERIC_READ, windows.FILE_SHARE_READ, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	err = Replace(path, []byte("new"), Options{Keep: true})
	windows.CloseHandle(open)
	if err == nil {
		t.Fatal("an open file was replaced")
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "old" {
		t.Errorf("got %q, %v", text, err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left %v", entries)
	}
}

// Vault's own readers do not block a writer.
func TestAFileThatIsOpenHereCanBeReplaced(t *testing.T) {
	path := put(t, filepath.Join(folder(t), "f"), "old", 0o600)
	open, _, err := Open(path, Reading{})
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if err := os.Remove(path); err != nil {
		t.Error(err)
	}
}
