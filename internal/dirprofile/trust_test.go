package dirprofile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The test binary also acts as other processes: it runs itself with the name of a part in one
// variable, and the part's input in another.
const (
	partVariable = "DIRPROFILE_TEST_PART"
	argument     = "DIRPROFILE_TEST_ARGUMENT"
)

var parts = map[string]func() error{"decide": decide, "find": findAndSay}

func TestMain(m *testing.M) {
	if part := os.Getenv(partVariable); part != "" {
		if err := parts[part](); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func play(t *testing.T, part, arg string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), partVariable+"="+part, argument+"="+arg, "GORACE=atexit_sleep_ms=0")
	return cmd
}

func parse(t *testing.T, path, text string) File {
	t.Helper()
	f, err := Parse(path, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newTrust(t *testing.T) Trust {
	t.Helper()
	return Trust{Dir: filepath.Join(t.TempDir(), "state", "trust"), UID: os.Getuid()}
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func checkDecision(t *testing.T, trust Trust, f File, want Decision) {
	t.Helper()
	got, err := trust.Decision(f)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%s with %q: got %v, want %v", f.Path, f.Profile, got, want)
	}
}

func TestDecisions(t *testing.T) {
	const path = "/src/pay/.awsprofile"
	dev, prod := parse(t, path, "dev"), parse(t, path, "prod")
	moved := parse(t, "/src/pay2/.awsprofile", "dev")
	commented := parse(t, path, "dev\n# same name")
	tests := []struct {
		name  string
		steps func(t *testing.T, trust Trust)
		want  map[string]Decision
	}{
		{"at first nothing is decided", func(t *testing.T, trust Trust) {}, nil},
		{"only what is allowed is allowed: no other content, no other path", func(t *testing.T, trust Trust) {
			do(t, trust.Allow(dev))
		}, map[string]Decision{"dev": Allowed}},
		{"several contents can be allowed, as of branches", func(t *testing.T, trust Trust) {
			do(t, trust.Allow(dev))
			do(t, trust.Allow(prod))
			do(t, trust.Allow(prod))
		}, map[string]Decision{"dev": Allowed, "prod": Allowed}},
		{"what is denied stays so, whatever it holds", func(t *testing.T, trust Trust) {
			do(t, trust.Deny(path))
		}, map[string]Decision{"dev": Denied, "prod": Denied, "commented": Denied}},
		{"a denial wins", func(t *testing.T, trust Trust) {
			do(t, trust.Allow(dev))
			do(t, trust.Deny(path))
		}, map[string]Decision{"dev": Denied, "prod": Denied, "commented": Denied}},
		{"until it is allowed again, and then one content is", func(t *testing.T, trust Trust) {
			do(t, trust.Allow(dev))
			do(t, trust.Deny(path))
			do(t, trust.Allow(prod))
		}, map[string]Decision{"prod": Allowed}},
		{"a denial is of one path", func(t *testing.T, trust Trust) {
			do(t, trust.Allow(moved))
			do(t, trust.Deny(path))
			do(t, trust.Deny("/src/.awsprofile"))
		}, map[string]Decision{"dev": Denied, "prod": Denied, "commented": Denied, "moved": Allowed}},
		{"a path has one spelling", func(t *testing.T, trust Trust) {
			do(t, trust.Deny("/src//x/../pay/.awsprofile"))
		}, map[string]Decision{"dev": Denied, "prod": Denied, "commented": Denied}},
		{"what is forgotten is not decided", func(t *testing.T, trust Trust) {
			do(t, trust.Allow(dev))
			do(t, trust.Allow(prod))
			do(t, trust.Allow(moved))
			do(t, trust.Forget(path))
		}, map[string]Decision{"moved": Allowed}},
		{"a denial can be forgotten too", func(t *testing.T, trust Trust) {
			do(t, trust.Deny(path))
			do(t, trust.Forget(path))
			do(t, trust.Forget(path))
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			trust := newTrust(t)
			test.steps(t, trust)
			got := map[string]Decision{}
			for name, f := range map[string]File{"dev": dev, "prod": prod, "commented": commented, "moved": moved} {
				decision, err := trust.Decision(f)
				if err != nil {
					t.Fatal(err)
				}
				if decision != Unknown {
					got[name] = decision
				}
			}
			want := test.want
			if want == nil {
				want = map[string]Decision{}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTrustOfARealFile(t *testing.T) {
	home := here(t)
	s, trust := mine(home), newTrust(t)
	dir := mkdir(t, home, "pay")
	read := func(path string) File {
		t.Helper()
		f, err := s.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	path := put(t, dir, "dev\n")
	do(t, trust.Allow(read(path)))
	checkDecision(t, trust, read(path), Allowed)
	put(t, dir, "dev\n\n") // edited
	checkDecision(t, trust, read(path), Unknown)
	put(t, dir, "dev\n") // and back
	checkDecision(t, trust, read(path), Allowed)
	elsewhere := filepath.Join(home, "elsewhere")
	if err := os.Rename(dir, elsewhere); err != nil {
		t.Fatal(err)
	}
	checkDecision(t, trust, read(filepath.Join(elsewhere, Name)), Unknown)
	copied := put(t, mkdir(t, home, "copy"), "dev\n")
	checkDecision(t, trust, read(copied), Unknown)

	do(t, trust.Deny(copied))
	put(t, filepath.Dir(copied), "nothing good $(id)\n")
	if no, err := trust.Denied(copied); !no || err != nil { // even if it cannot be read
		t.Errorf("got %v, %v", no, err)
	}
}

func TestDecisionsAreForTheirOwnerOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are of unix")
	}
	trust := newTrust(t)
	do(t, trust.Allow(parse(t, somewhere, "dev")))
	do(t, trust.Deny("/src/odd\x1B[2J/.awsprofile"))
	var got []string
	for _, path := range []string{filepath.Dir(trust.Dir), trust.Dir} {
		info, err := os.Stat(path)
		do(t, err)
		got = append(got, info.Mode().String())
	}
	entries, err := os.ReadDir(trust.Dir)
	do(t, err)
	for _, e := range entries {
		info, err := e.Info()
		do(t, err)
		text, err := os.ReadFile(filepath.Join(trust.Dir, e.Name()))
		do(t, err)
		got = append(got, fmt.Sprintf("%v %d %s", info.Mode(), len(e.Name()), text))
	}
	want := []string{"drwx------", "drwx------", "-rw------- 69 \"/src/odd\\x1b[2J/.awsprofile\"\n", "-rw------- 129 \"/src/pay/.awsprofile\"\n"}
	slices.Sort(got) // the directory's order is that of hashes
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDirectoriesThatCannotBeTrusted(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T, trust *Trust)
		want    string // in which DIR stands for the directory
	}{
		{"one that everybody can write", func(t *testing.T, trust *Trust) { chmod(t, trust.Dir, 0o777) },
			"DIR: not used: it can be written by everybody"},
		{"one like /tmp", func(t *testing.T, trust *Trust) { chmod(t, trust.Dir, 0o777|fs.ModeSticky) },
			"DIR: not used: it can be written by everybody"},
		{"one that a group can write", func(t *testing.T, trust *Trust) { chmod(t, trust.Dir, 0o770) },
			fmt.Sprintf("DIR: not used: it can be written by group %d", os.Getgid())},
		{"one of somebody else", func(t *testing.T, trust *Trust) { trust.UID++ },
			fmt.Sprintf("DIR: not used: it belongs to user %d", os.Getuid())},
		{"a link", func(t *testing.T, trust *Trust) {
			if err := errors.Join(os.Rename(trust.Dir, trust.Dir+"2"), os.Symlink(trust.Dir+"2", trust.Dir)); err != nil {
				t.Fatal(err)
			}
		}, "DIR: not used: it is not a directory"},
		{"a file", func(t *testing.T, trust *Trust) {
			if err := errors.Join(os.RemoveAll(trust.Dir), os.WriteFile(trust.Dir, nil, 0o600)); err != nil {
				t.Fatal(err)
			}
		}, "DIR: not used: it is not a directory"},
		{"one that cannot be there", func(t *testing.T, trust *Trust) {
			if err := os.WriteFile(trust.Dir+"2", nil, 0o600); err != nil {
				t.Fatal(err)
			}
			trust.Dir += "2/trust"
		}, "DIR: cannot be read: not a directory"},
		{"one of the working directory", func(t *testing.T, trust *Trust) { trust.Dir = "trust" }, "DIR: not an absolute path"},
		{"none", func(t *testing.T, trust *Trust) { trust.Dir = "" }, "DIR: not an absolute path"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("owners and modes are of unix")
			}
			trust := newTrust(t)
			f := parse(t, somewhere, "dev")
			do(t, trust.Allow(f))
			test.prepare(t, &trust)
			want := strings.ReplaceAll(test.want, "DIR", trust.Dir)
			decision, err := trust.Decision(f)
			if decision != Unknown {
				t.Errorf("got %v", decision)
			}
			for name, err := range map[string]error{
				"Decision": err, "Allow": trust.Allow(f), "Deny": trust.Deny(f.Path), "Forget": trust.Forget(f.Path),
			} {
				if err == nil || err.Error() != want {
					t.Errorf("%s: got %v, want %s", name, err, want)
				}
			}
		})
	}
}

func TestLookingLeavesNoDirectory(t *testing.T) {
	trust := newTrust(t)
	checkDecision(t, trust, parse(t, somewhere, "dev"), Unknown)
	do(t, trust.Forget(somewhere))
	if _, err := os.Lstat(filepath.Dir(trust.Dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want no directory", err)
	}
}

func TestADecisionThatCannotBeWrittenLeavesNothing(t *testing.T) {
	trust := newTrust(t)
	f := parse(t, somewhere, "dev")
	// In the way of the file that the decision would be.
	do(t, os.MkdirAll(filepath.Join(trust.Dir, entry(f.Path, allowed(f)), "full"), 0o700))
	err := trust.Allow(f)
	if err == nil || runtime.GOOS != "windows" && err.Error() != trust.Dir+": cannot be written: it is a directory" {
		t.Errorf("got %v", err)
	}
	entries, err := os.ReadDir(trust.Dir)
	do(t, err)
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// decide acts as a process that makes decisions about its own path, and about a path that
// others decide about at the same time.
func decide() error {
	dir, number, _ := strings.Cut(os.Getenv(argument), " ")
	trust := Trust{Dir: dir, UID: os.Getuid()}
	own, err := Parse("/own/"+number, []byte("dev"))
	if err != nil {
		return err
	}
	shared, err := Parse(somewhere, []byte("dev"))
	if err != nil {
		return err
	}
	for range 5 {
		err := errors.Join(trust.Allow(own), trust.Allow(shared), trust.Deny(own.Path), trust.Deny(somewhere), trust.Forget(somewhere), trust.Allow(own))
		if err != nil {
			return err
		}
		if got, err := trust.Decision(own); got != Allowed || err != nil {
			return fmt.Errorf("got %v, %v", got, err)
		}
	}
	return nil
}

func TestProcessesDecideAtOnce(t *testing.T) {
	trust := newTrust(t)
	const processes = 4
	var started []*exec.Cmd
	for i := range processes {
		cmd := play(t, "decide", fmt.Sprintf("%s %d", trust.Dir, i))
		cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
		do(t, cmd.Start())
		started = append(started, cmd)
	}
	for _, cmd := range started {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	for i := range processes {
		checkDecision(t, trust, parse(t, fmt.Sprintf("/own/%d", i), "dev"), Allowed)
	}
	do(t, trust.Forget(somewhere))
	entries, err := os.ReadDir(trust.Dir)
	do(t, err)
	if len(entries) != processes {
		t.Errorf("got %d files, want %d: %v", len(entries), processes, entries)
	}
}

func TestPathsOfWindowsAreOneInAnyCase(t *testing.T) {
	for path, others := range map[string][]string{
		`C:\users\root\Proj\Sub\.awsprofile`: {`c:/Users/ROOT/proj/sub/.awsprofile`, `\\?\C:\users\root\proj\sub\.awsprofile`, `//?/c:/users/root/proj/sub/.awsprofile`},
		`\\server\Share\.awsprofile`:         {`//SERVER/share/.awsprofile`, `\\?\UNC\server\share\.awsprofile`, `\\?\unc\server\share\.awsprofile`},
	} {
		for _, other := range others {
			if plainPath("windows", path) != plainPath("windows", other) {
				t.Errorf("%q and %q: %q, %q", path, other, plainPath("windows", path), plainPath("windows", other))
			}
			if plainPath("linux", path) == plainPath("linux", other) {
				t.Errorf("on Linux %q and %q are one", path, other)
			}
		}
	}
	if a, b := plainPath("windows", `C:\x`), plainPath("windows", `D:\x`); a == b {
		t.Errorf("two drives are one: %q", a)
	}
}
