package dirprofile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var changed = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func stamps(t *testing.T) Stamps {
	return Stamps{Dir: filepath.Join(t.TempDir(), "state", "stamps"), UID: os.Getuid()}
}

func make1(t *testing.T, s Stamps, f File, at time.Time, d Decision) string {
	t.Helper()
	path, there := s.Make(f, at, d, false)
	info, err := os.Lstat(path)
	if there || err != nil || !info.ModTime().Equal(at) || info.Mode() != 0o600 || info.Size() != 0 {
		t.Fatalf("%q, %v: %v", path, there, err)
	}
	return path
}

func TestAStampHasTheTimeOfTheFile(t *testing.T) {
	s := stamps(t)
	f := File{Path: "/p/.awsprofile", Sum: [32]byte{1}}
	first := make1(t, s, f, changed, Unknown)
	if info, err := os.Stat(s.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	if path, there := s.Make(f, changed, Unknown, false); path != first || !there {
		t.Errorf("again: %q, %v", path, there)
	}
	// Whatever is different about the file gives another one, beside the first.
	g, h := f, f
	g.Sum, h.Path = [32]byte{2}, "/q/.awsprofile"
	seen := map[string]bool{first: true}
	for name, path := range map[string]string{
		"another time":     make1(t, s, f, changed.Add(time.Second), Unknown),
		"another decision": make1(t, s, f, changed, Allowed),
		"a denial":         make1(t, s, f, changed, Denied),
		"another content":  make1(t, s, g, changed, Unknown),
		"another path":     make1(t, s, h, changed, Unknown),
	} {
		if seen[path] {
			t.Errorf("%s: the same stamp", name)
		}
		seen[path] = true
	}
	s.Forget(f.Path)
	left, _ := os.ReadDir(s.Dir)
	if len(left) != 1 || filepath.Join(s.Dir, left[0].Name()) != make1Path(s, h) {
		t.Errorf("left: %v", left)
	}
}

func make1Path(s Stamps, f File) string { path, _ := s.Make(f, changed, Unknown, false); return path }

func TestAStampWhoseTimeWasChangedIsMadeAnew(t *testing.T) {
	s := stamps(t)
	f := File{Path: "/p/.awsprofile"}
	path := make1(t, s, f, changed, Allowed)
	if err := os.Chtimes(path, changed.Add(time.Hour), changed.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if again := make1(t, s, f, changed, Allowed); again != path {
		t.Errorf("%q, %q", path, again)
	}
}

func TestStampsOfAFileDoNotPileUp(t *testing.T) {
	s := stamps(t)
	for n := range 3 * mostStamps {
		make1(t, s, File{Path: "/p/.awsprofile"}, changed.Add(time.Duration(n)*time.Second), Unknown)
	}
	if left, _ := os.ReadDir(s.Dir); len(left) > mostStamps {
		t.Errorf("%d are left", len(left))
	}
}

// A link in place of a stamp would create another file, or change its time.
func TestAStampIsNoLink(t *testing.T) {
	s := stamps(t)
	f := File{Path: "/p/.awsprofile"}
	path := make1(t, s, f, changed, Unknown)
	for _, dangling := range []bool{true, false} {
		target := filepath.Join(t.TempDir(), "target")
		if !dangling {
			if err := os.WriteFile(target, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			os.Chtimes(target, changed, changed) // as a stamp would have it
		}
		os.Remove(path)
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
		make1(t, s, f, changed, Unknown)
		text, err := os.ReadFile(target)
		if dangling && err == nil || !dangling && string(text) != "x" {
			t.Errorf("it was followed: %q, %v", text, err)
		}
	}
}

// Two shells that enter a directory at once must both get the stamp. A shell without one would
// notice no later change.
func TestTwoShellsMakeTheSameStampAtOnce(t *testing.T) {
	s := stamps(t)
	for n := range 300 {
		f := File{Path: fmt.Sprintf("/%d/.awsprofile", n)}
		var made [4]string
		var all sync.WaitGroup
		for i := range made {
			all.Go(func() { made[i], _ = s.Make(f, changed, Allowed, false) })
		}
		all.Wait()
		for _, path := range made {
			info, err := os.Lstat(path)
			if path == "" || path != made[0] || err != nil || !info.ModTime().Equal(changed) {
				t.Fatalf("round %d: %q: %v", n, made, err)
			}
		}
	}
}

// A denial holds whatever the file contains, and whenever it was written.
func TestAStampWhoseTimeDoesNotMatter(t *testing.T) {
	s := stamps(t)
	f := File{Path: "/p/.awsprofile"}
	denied, _ := s.Make(f, changed, Denied, false)
	later, _ := s.Make(f, changed.Add(time.Hour), Denied, false)
	link, _ := s.Make(f, changed, Unknown, true)
	if denied != later || !strings.HasSuffix(denied, ".fixed") || !strings.HasSuffix(link, ".fixed") || link == denied {
		t.Errorf("%q, %q, %q", denied, later, link)
	}
	if file, _ := s.Make(f, changed, Unknown, false); file == link || strings.HasSuffix(file, ".fixed") {
		t.Errorf("a file's is %q", file)
	}
	s.Forget(f.Path)
	if left, _ := os.ReadDir(s.Dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestStampsAreOnlyMadeWhereNoOneElseCan(t *testing.T) {
	f := File{Path: "/p/.awsprofile"}
	for name, spoil := range map[string]func(s *Stamps){
		"a directory for all":   func(s *Stamps) { os.Chmod(s.Dir, 0o777) },
		"of another user":       func(s *Stamps) { s.UID++ },
		"a link to a directory": func(s *Stamps) { os.Rename(s.Dir, s.Dir+"2"); os.Symlink(s.Dir+"2", s.Dir) },
		"a file":                func(s *Stamps) { os.RemoveAll(s.Dir); os.WriteFile(s.Dir, nil, 0o600) },
		"not absolute":          func(s *Stamps) { s.Dir = "stamps" },
		"below what is a file": func(s *Stamps) {
			s.Dir = filepath.Join(filepath.Dir(s.Dir), "f", "stamps")
			os.WriteFile(filepath.Dir(s.Dir), nil, 0o600)
		},
	} {
		s := stamps(t)
		make1(t, s, File{Path: "/q"}, changed, Unknown)
		spoil(&s)
		if path, there := s.Make(f, changed, Unknown, false); path != "" || there {
			t.Errorf("%s: %q, %v", name, path, there)
		}
		s.Forget("/q")
	}
}

func TestForgetTouchesNothingElse(t *testing.T) {
	s := stamps(t)
	for n := range 3 {
		make1(t, s, File{Path: fmt.Sprint("/", n)}, changed, Unknown)
	}
	s.Forget("/none")
	if left, _ := os.ReadDir(s.Dir); len(left) != 3 {
		t.Errorf("left: %v", left)
	}
}
