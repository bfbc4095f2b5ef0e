package dirprofile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCandidates(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("these are paths of unix")
	}
	tests := []struct {
		name, dir, home string
		ceilings        []string
		want            []string // directories
	}{
		{"up to the home directory, inside it", "/home/me/src/pay", "/home/me", nil, []string{"/home/me/src/pay", "/home/me/src", "/home/me"}},
		{"the home directory itself", "/home/me", "/home/me", nil, []string{"/home/me"}},
		{"up to the root, outside of it", "/srv/pay", "/home/me", nil, []string{"/srv/pay", "/srv", "/"}},
		{"above the home directory is outside of it", "/home", "/home/me", nil, []string{"/home", "/"}},
		{"a home directory is not a prefix", "/home/me-evil", "/home/me", nil, []string{"/home/me-evil", "/home", "/"}},
		{"the root", "/", "/home/me", nil, []string{"/"}},
		{"the root as home directory", "/srv", "/", nil, []string{"/srv", "/"}},
		{"two slashes are one", "//srv//pay/", "/home/me", nil, []string{"/srv/pay", "/srv", "/"}},
		{"dots are followed by name", "/srv/./pay/..", "/home/me", nil, []string{"/srv", "/"}},
		{"a home directory with a slash too many", "/home/me/src", "//home/me/", nil, []string{"/home/me/src", "/home/me"}},
		{"no home directory", "/srv", "", nil, []string{"/srv", "/"}},
		{"a home directory that is not absolute", "/srv", "srv", nil, []string{"/srv", "/"}},
		{"a ceiling", "/mnt/nfs/a/b", "/home/me", []string{"/opt", "/mnt/nfs/"}, []string{"/mnt/nfs/a/b", "/mnt/nfs/a", "/mnt/nfs"}},
		{"a ceiling inside the home directory", "/home/me/src/pay", "/home/me", []string{"/home/me/src"}, []string{"/home/me/src/pay", "/home/me/src"}},
		{"a ceiling above the home directory", "/home/me/src", "/home/me", []string{"/home"}, []string{"/home/me/src", "/home/me"}},
		{"ceilings that mean nothing", "/srv", "/home/me", []string{"", ".", "srv", "/sr"}, []string{"/srv", "/"}},
		{"no directory", "", "/home/me", nil, nil},
		{"a directory that is not absolute", "src", "/home/me", nil, nil},
		{"a name with anything in it", "/a\nb/\xFF", "/a\nb", nil, []string{"/a\nb/\xFF", "/a\nb"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := []string{}
			for _, dir := range test.want {
				want = append(want, filepath.Join(dir, Name))
			}
			got := Search{Home: test.home, Ceilings: test.ceilings}.Candidates(test.dir)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// An automounter answers for names in its directory.
func TestCandidatesBelowAnAutomounter(t *testing.T) {
	s := Search{Home: "/net/nas/me", Closed: []string{"/net"}}
	for dir, want := range map[string]int{"/net/nas/pay/src": 3, "/net/nas": 1, "/net": 0, "/network/x": 3, "/net/nas/me/src": 2} {
		if got := s.Candidates(dir); len(got) != want {
			t.Errorf("%s: %q", dir, got)
		}
	}
}

func TestCandidatesAreBounded(t *testing.T) {
	top := t.TempDir()
	got := Search{Home: top}.Candidates(top + strings.Repeat("/d", 40))
	if len(got) != 41 || got[40] != filepath.Join(top, Name) {
		t.Errorf("40 levels: got %d candidates, the last is %s", len(got), got[len(got)-1])
	}
	got = Search{}.Candidates(top + strings.Repeat("/d", 2000))
	if len(got) != 256 {
		t.Errorf("2000 levels: got %d candidates, want 256", len(got))
	}
}

func TestCandidatesLeadUp(t *testing.T) {
	path := rapid.StringMatching(`/[ab/.]{0,20}`)
	rapid.Check(t, func(t *rapid.T) {
		dir, home := path.Draw(t, "dir"), path.Draw(t, "home")
		dirs := Search{Home: home}.dirs(dir)
		for i, d := range dirs {
			if d != filepath.Clean(d) || i > 0 && d != filepath.Dir(dirs[i-1]) {
				t.Errorf("%q in %q", d, dirs)
			}
		}
		rel, err := filepath.Rel(filepath.Clean(home), filepath.Clean(dir))
		inside := err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
		want := "/"
		if inside {
			want = filepath.Clean(home)
		}
		if runtime.GOOS != "windows" && dirs[len(dirs)-1] != want {
			t.Errorf("%q in %q: the last is %q, want %q", dir, home, dirs[len(dirs)-1], want)
		}
	})
}

// here returns a home directory that no other user can write, whatever the umask.
func here(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	chmod(t, dir, 0o755)
	return dir
}

// mkdir makes a directory and those above it.
func mkdir(t *testing.T, elements ...string) string {
	t.Helper()
	dir := elements[0]
	for _, e := range elements[1:] {
		for _, name := range strings.Split(e, "/") {
			dir = filepath.Join(dir, name)
			if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
				t.Fatal(err)
			}
			chmod(t, dir, 0o755)
		}
	}
	return dir
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// put writes the file of a directory.
func put(t *testing.T, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, Name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	chmod(t, path, 0o644)
	return path
}

func find(t *testing.T, s Search, dir string) string {
	t.Helper()
	path, err := Find(s.Candidates(dir))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// findAndSay acts as a user who looks for the file of a directory.
func findAndSay() error {
	dir := os.Getenv(argument)
	path, err := Find(Search{Home: dir}.Candidates(filepath.Join(dir, "closed", "src", "pay")))
	if err != nil {
		fmt.Println(err)
		fmt.Println(err.(*Error).Hint())
		return nil
	}
	return fmt.Errorf("found %q", path)
}

func mine(home string) Search { return Search{Home: home, UID: os.Getuid()} }

func TestTheNearestFileIsFound(t *testing.T) {
	home := here(t)
	s := mine(home)
	deep := mkdir(t, home, "src/pay"+strings.Repeat("/d", 40))
	if got := find(t, s, deep); got != "" {
		t.Errorf("got %q where there is none", got)
	}
	far := put(t, home, "far")
	if got := find(t, s, deep); got != far {
		t.Errorf("got %q, want %q", got, far)
	}
	near := put(t, filepath.Join(home, "src", "pay"), "near")
	if got := find(t, s, deep); got != near {
		t.Errorf("got %q, want %q", got, near)
	}
	nearest := filepath.Join(deep, Name) // whatever it is, and whether or not it can be used
	if err := os.Mkdir(nearest, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := find(t, s, deep); got != nearest {
		t.Errorf("got %q, want %q", got, nearest)
	}
	got, err := s.Read(near)
	want := File{Path: near, Profile: "near", Sum: sha256.Sum256([]byte("near"))}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestADirectoryThatIsGoneHidesNothing(t *testing.T) {
	home := here(t)
	far := put(t, home, "far")
	gone := mkdir(t, home, "src/pay")
	if err := os.RemoveAll(filepath.Join(home, "src")); err != nil {
		t.Fatal(err)
	}
	if got := find(t, mine(home), gone); got != far {
		t.Errorf("removed: got %q, want %q", got, far)
	}
	if err := os.WriteFile(filepath.Join(home, "src"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := find(t, mine(home), gone); got != far {
		t.Errorf("a file now: got %q, want %q", got, far)
	}
}

func TestAFileThatIsGoneIsMissing(t *testing.T) {
	path := filepath.Join(here(t), Name)
	_, err := mine(filepath.Dir(path)).Read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist inside", err)
	}
	if want := path + ": cannot be read: no such file or directory"; runtime.GOOS != "windows" && fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestOnlyAbsolutePathsAreRead(t *testing.T) {
	for _, path := range []string{"", Name, "src/" + Name} {
		_, err := mine("/home").Read(path)
		if e, ok := errors.AsType[*Error](err); !ok || e.Msg != "not an absolute path" {
			t.Errorf("%q: got %v", path, err)
		}
	}
}

func TestAPathMayHoldEveryByte(t *testing.T) {
	home := here(t)
	var name []byte
	for b := 1; b < 256; b++ {
		if b != '/' {
			name = append(name, byte(b))
		}
	}
	dir := filepath.Join(home, string(name))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skipf("this file system does not take such a name: %v", err)
	}
	chmod(t, dir, 0o755)
	path := put(t, dir, "dev")
	s := mine(home)
	if got := find(t, s, dir); got != path {
		t.Fatalf("got %q, want %q", got, path)
	}
	f, err := s.Read(path)
	if err != nil || f.Path != path {
		t.Fatalf("got %q, %v", f.Path, err)
	}
	trust := Trust{Dir: filepath.Join(home, "trust"), UID: os.Getuid()}
	if err := trust.Allow(f); err != nil {
		t.Fatal(err)
	}
	checkDecision(t, trust, f, Allowed)

	put(t, dir, "dev\x1B[2J")
	_, err = s.Read(path)
	if err == nil {
		t.Fatal("got no error")
	}
	checkOneLine(t, err)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err = s.Read(path); err == nil {
		t.Fatal("got no error")
	}
	checkOneLine(t, err)
}

func TestWhatIsReadIsWhatIsHashed(t *testing.T) {
	home := here(t)
	s := mine(home)
	trust := Trust{Dir: filepath.Join(home, "trust"), UID: os.Getuid()}
	texts := map[string]string{"dev": "dev\n", "prod": "# " + strings.Repeat("x", 3000) + "\nprofile = prod\n"}
	path := put(t, home, texts["dev"])
	f, err := s.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := trust.Allow(f); err != nil {
		t.Fatal(err)
	}

	t.Run("replaced between Find and Read", func(t *testing.T) {
		found := find(t, s, home)
		put(t, home, texts["prod"])
		got, err := s.Read(found)
		want := File{Path: path, Profile: "prod", Sum: sha256.Sum256([]byte(texts["prod"]))}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
		checkDecision(t, trust, got, Unknown)
	})
	t.Run("written and replaced all the time", func(t *testing.T) {
		var writer sync.WaitGroup
		stop := make(chan struct{})
		writer.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				target := path // every second time it is written in place, and can be seen half done
				if i%2 == 0 {
					target = filepath.Join(home, "new")
				}
				text := texts["dev"]
				if i/2%2 == 0 {
					text = texts["prod"]
				}
				err := os.WriteFile(target, []byte(text), 0o644)
				if err == nil && target != path {
					err = os.Rename(target, path)
				}
				if err != nil && runtime.GOOS != "windows" { // which keeps open files in place
					t.Error(err)
				}
			}
		})
		whole := 0
		for range 500 {
			got, err := s.Read(path)
			if err != nil {
				continue // half written
			}
			whole++
			decision, err := trust.Decision(got)
			if err != nil {
				t.Error(err)
			}
			if sum := sha256.Sum256([]byte(texts[got.Profile])); got.Sum != sum || (decision == Allowed) != (got.Profile == "dev") {
				t.Errorf("got %+v, %v", got, decision)
			}
		}
		close(stop)
		writer.Wait()
		if whole == 0 {
			t.Error("nothing could be read")
		}
	})
}
