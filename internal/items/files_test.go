package items_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/items"
)

func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreListedByTheirItems(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if got, err := items.InFiles(dir); err != nil || got != nil {
		t.Errorf("without a directory: %q, %v", got, err)
	}
	want := []string{"a%b", "dev", "team/admin"}
	for _, item := range want {
		touch(t, items.File(dir, item))
	}
	if err := os.Mkdir(filepath.Join(dir, "session,dmF1bHQ,1,10"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := items.InFiles(dir)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if got, err := items.InFiles(filepath.Join(dir, "dev")); err == nil {
		t.Errorf("of a file: %q", got)
	}
}

func TestThePasswordStoreIsListedByItsItems(t *testing.T) {
	root := t.TempDir()
	for _, path := range []string{"aws/dev.gpg", "aws/team/admin.gpg", "aws/notes.txt", "aws/.git/x.gpg", "other.gpg", "aws/dev.age"} {
		touch(t, filepath.Join(root, path))
	}
	for folder, want := range map[string][]string{"aws": {"dev", "team/admin"}, "": {"aws/dev", "aws/team/admin", "other"}, "none": nil} {
		got, err := items.Pass().Items(filepath.Join(root, folder))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got)\n%s", folder, err, diff)
		}
	}
	// A store that is linked to its place, folders that are, and a circle.
	for link, to := range map[string]string{"linked": "aws", "aws/work": filepath.Join(root, "else"), "else/up": "../aws", "aws/nowhere.gpg": "gone", "aws/mine.gpg": "dev.gpg"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, link)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Skip(err)
		}
	}
	touch(t, filepath.Join(root, "else/prod.gpg"))
	want := []string{"dev", "mine", "team/admin", "work/prod"}
	for _, folder := range []string{"aws", "linked"} {
		got, err := items.Pass().Items(filepath.Join(root, folder))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got)\n%s", folder, err, diff)
		}
	}
	if got, err := items.Passage().Items(filepath.Join(root, "aws")); err != nil || !slices.Equal(got, []string{"dev"}) {
		t.Errorf("passage: %q, %v", got, err)
	}
}

func TestWhatAPasswordStoreNeeds(t *testing.T) {
	bin, root := t.TempDir(), t.TempDir()
	for _, name := range []string{"pass", "passage"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	none := func(string) string { return "" }
	identities := filepath.Join(root, "identities")
	named := func(name string) string { return map[string]string{"PASSAGE_IDENTITIES_FILE": identities}[name] }
	lacks := func(kind items.PassKind, dir, command string, getenv func(string) string) string {
		program, missing := kind.Ready(dir, command, getenv)
		if missing != nil {
			return missing.Text
		}
		return "nothing: " + filepath.Base(program)
	}
	check := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("it lacks %q, want %q", got, want)
		}
	}
	check(lacks(items.Pass(), "", "", none), "it has no directory")
	check(lacks(items.Pass(), root, "gopass", none), `there is no program "gopass"`)
	check(lacks(items.Pass(), root, "", none), `there is no password store in "`+root+`"`)
	check(lacks(items.Passage(), root, "", named), `there are no identities in "`+identities+`"`)
	touch(t, filepath.Join(root, ".gpg-id"))
	touch(t, identities)
	check(lacks(items.Pass(), root, "", none), "nothing: pass")
	check(lacks(items.Passage(), root, "", named), "nothing: passage")
	check(lacks(items.Passage(), root, filepath.Join(bin, "pass"), named), "nothing: pass")
}
