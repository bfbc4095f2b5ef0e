package dirprofile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

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

// A shell looks, a person decides, and the shell looks again.
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

// A link has its own stamp. Its target stays untouched, and the target's time does not matter.
func TestLookFollowsNoLink(t *testing.T) {
	f, dir := newFiles(t)
	path, target := filepath.Join(dir, Name), filepath.Join(t.TempDir(), "target")
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	dangling := f.Look(dir)
	if err := os.WriteFile(target, []byte("dev\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := f.Look(dir)
	for _, s := range []Seen{dangling, again} {
		if s.Path != path || s.Refusal == nil || !strings.Contains(s.Refusal.Error(), "symbolic link") || !strings.HasSuffix(s.Stamp, ".fixed") {
			t.Errorf("of a link it sees %+v", s)
		}
	}
	if dangling.Stamp != again.Stamp || !again.Before {
		t.Errorf("what the link leads to changes the stamp: %q, %q", dangling.Stamp, again.Stamp)
	}
}

// A recently changed file is stamped only once its next change would get a different time.
func TestLookWaitsForTheClock(t *testing.T) {
	f, dir := newFiles(t)
	put(t, dir, "dev\n")
	waited := 0
	f.Settle = func(time.Time) bool {
		waited++
		put(t, dir, "other\n") // changed while it waits
		os.Chtimes(filepath.Join(dir, Name), changed, changed)
		return true
	}
	s := f.Look(dir)
	info, err := os.Lstat(s.Stamp)
	if waited != 1 || s.File.Profile != "other" || err != nil || !info.ModTime().Equal(changed) {
		t.Errorf("waited %d times, sees %+v, %v", waited, s, err)
	}
}

// A decision removes the stamps. A shell that looks at the same time must not keep an old one,
// or it would never notice the decision.
func TestLookBesideADecision(t *testing.T) {
	f, dir := newFiles(t)
	path := filepath.Join(dir, Name)
	put(t, dir, "dev\n")
	first := f.Look(dir)
	for n := range 400 {
		want := Denied
		decide := func() error { return f.Deny(path) }
		if n%2 == 1 {
			want = Allowed
			decide = func() error { return f.Allow(first.File) }
		}
		var seen [2]Seen
		var all sync.WaitGroup
		for i := range seen {
			all.Go(func() { seen[i] = f.Look(dir) })
		}
		if err := decide(); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		for _, s := range seen {
			if _, err := os.Lstat(s.Stamp); err == nil && s.Decision != want {
				t.Fatalf("round %d: a shell saw %v, its stamp is there, and %v was decided", n, s.Decision, want)
			}
			if s.Stamp == "" {
				t.Fatalf("round %d: no stamp", n)
			}
		}
	}
}

func TestWithoutAPlaceForDecisions(t *testing.T) {
	if err := New(Search{}, "").Known(); err == nil || fault.HintOf(err) != "set HOME" {
		t.Errorf("without: %v", err)
	}
	if f, _ := newFiles(t); f.Known() != nil {
		t.Errorf("with one: %v", f.Known())
	}
}
