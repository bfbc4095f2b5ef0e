package items_test

import (
	"os"
	"path/filepath"
	"testing"

	"awsvault/internal/items"
)

func TestKeysOfAnotherKeystore(t *testing.T) {
	files, pass := t.TempDir(), t.TempDir()
	touch(t, items.File(files, "dev"))
	touch(t, items.File(files, "prod"))
	if err := os.Mkdir(filepath.Join(pass, "aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	touch(t, filepath.Join(pass, "aws", "ci.gpg"))
	all := items.Elsewhere{Files: files, PassStore: pass, PassPrefix: "aws"}
	for name, c := range map[string]struct {
		where   items.Elsewhere
		backend string
		stored  []string
		want    string
		keys    int
	}{
		"in files":                           {all, "secret-service", nil, "file", 2},
		"what is stored does not count":      {all, "secret-service", []string{"dev"}, "file", 1},
		"in pass, where all of files is":     {all, "secret-service", []string{"dev", "prod"}, "pass", 1},
		"not in the one in use":              {all, "file", nil, "pass", 1},
		"which is in use is not known":       {all, "", nil, "", 0},
		"without a prefix, pass is not read": {items.Elsewhere{Files: files, PassStore: pass}, "file", nil, "", 0},
		"there is none":                      {items.Elsewhere{Files: filepath.Join(files, "gone"), PassStore: pass, PassPrefix: "gone"}, "keychain", nil, "", 0},
	} {
		if where, keys := c.where.Keys(c.backend, c.stored); where != c.want || keys != c.keys {
			t.Errorf("%s: %d in %q", name, keys, where)
		}
	}
}

func TestKeysInAFolderThatIsCalledTilde(t *testing.T) {
	base, empty := t.TempDir(), t.TempDir()
	keys := filepath.Join(base, "~", ".awsvault", "keys")
	for _, dir := range []string{keys, filepath.Join(empty, "~", ".awsvault", "keys")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	touch(t, items.File(keys, "dev"))
	for name, c := range map[string]struct {
		bases []string
		want  string
	}{
		"below the second":       {[]string{empty, base}, keys},
		"a folder without a key": {[]string{empty}, ""},
		"a base that is unknown": {[]string{""}, ""},
		"none":                   {nil, ""},
	} {
		if got := items.Misplaced(c.bases...); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
