package dirprofile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"awsvault/internal/fault"
)

func newFiles(t *testing.T) (f Files, dir string) {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(home, "a", "b")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return New(Search{Home: home, UID: os.Getuid()}, filepath.Join(home, "state")), dir
}

func TestTheNearestFile(t *testing.T) {
	f, dir := newFiles(t)
	_, err := f.Nearest(dir, "~/a/b")
	if !errors.Is(err, ErrNone) || err.Error() != "there is no .awsprofile in ~/a/b or above it" || fault.HintOf(err) != "echo PROFILE > .awsprofile" {
		t.Errorf("without a file: %v, hint %q", err, fault.HintOf(err))
	}
	above := filepath.Join(filepath.Dir(dir), Name)
	put(t, filepath.Dir(above), "dev\n")
	if got, err := f.Nearest(dir, "~"); got != above || err != nil {
		t.Errorf("it is %q, %v", got, err)
	}
}

func TestTheFileThatAPathMeans(t *testing.T) {
	_, dir := newFiles(t)
	for path, want := range map[string]bool{
		dir: true, filepath.Join(dir, Name): true, filepath.Join(dir, "gone", Name): true, filepath.Join(dir, "gone"): false, filepath.Join(dir, "awsprofile"): false,
	} {
		got, ok := At(path)
		if ok != want || ok && filepath.Base(got) != Name {
			t.Errorf("%s means %s, %v", path, got, ok)
		}
	}
}

// A shell looks, something is decided, and it looks again.
func TestLook(t *testing.T) {
	f, dir := newFiles(t)
	if s := f.Look(dir); s != (Seen{}) {
		t.Errorf("without a file it sees %+v", s)
	}
	path := filepath.Join(dir, Name)
	put(t, dir, "dev\n")
	look := func(d Decision, profile string, before bool) Seen {
		t.Helper()
		s := f.Look(dir)
		if s.Path != path || s.Decision != d || s.File.Profile != profile || s.Before != before || s.Stamp == "" || s.Refusal != nil {
			t.Errorf("it sees %+v; want %v %q, stamped before: %v", s, d, profile, before)
		}
		return s
	}
	first := look(Unknown, "dev", false)
	look(Unknown, "dev", true)
	if err := f.Allow(first.File); err != nil {
		t.Fatal(err)
	}
	if second := look(Allowed, "dev", false); second.Stamp == first.Stamp {
		t.Error("the stamp is the same after a decision")
	}
	if _, err := os.Lstat(first.Stamp); err == nil {
		t.Error("a decision leaves the old stamp, so that other shells notice nothing")
	}
	put(t, dir, "ops\n")
	look(Unknown, "ops", false)
	if err := f.Deny(path); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "this is\nno such file\n")
	look(Denied, "", false) // it is not read
	if err := f.Trust.Forget(path); err != nil {
		t.Fatal(err)
	}
	if s := f.Look(dir); s.Refusal == nil || s.Decision != Unknown || s.Stamp == "" {
		t.Errorf("of a file that cannot be used it sees %+v", s)
	}
}
