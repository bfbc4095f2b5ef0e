package awsfile

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/awsconf"
)

// problems returns the problems that the config reports for a file.
func problems(t *testing.T, path string) []string {
	t.Helper()
	f, err := Read(path, "SHOWN", awsconf.ConfigFile)
	if err != nil {
		t.Fatal(err)
	}
	c := awsconf.Merge(f, nil)
	if names := c.Names(); len(names) != 0 {
		t.Errorf("there are profiles: %q", names)
	}
	_, err = c.Profile("dev")
	got := []string{err.Error()}
	for _, p := range c.Problems() {
		got = append(got, p.Error())
	}
	return got
}

func TestWhatStandsWhereAFileShouldBe(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links and pipes are of unix")
	}
	dir := t.TempDir()
	make := func(name string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	pipe := make("pipe", mkfifo(filepath.Join(dir, "pipe")))
	missing, empty := []string{`profile "dev" not found: there is no SHOWN`}, []string{`profile "dev" not found in SHOWN`}
	other := func(why string) []string {
		return []string{`profile "dev" not found: SHOWN ` + why, "SHOWN: this path " + why + ": vault and the AWS tools read nothing from it"}
	}
	tests := []struct {
		name, path string
		want       []string
	}{
		{"nothing", filepath.Join(dir, "none"), missing},
		{"nothing, in a directory that is none", make("file", os.WriteFile(filepath.Join(dir, "file"), nil, 0o600)) + "/config", missing},
		{"an empty file", filepath.Join(dir, "file"), empty},
		{"a link to nothing", make("dangling", os.Symlink("none", filepath.Join(dir, "dangling"))), missing},
		{"a directory", make("dir", os.Mkdir(filepath.Join(dir, "dir"), 0o700)), other("is a directory")},
		{"/dev/null", os.DevNull, other("is not a regular file")},
		{"a device that never ends", "/dev/zero", other("is not a regular file")},
		{"a pipe without a writer", pipe, other("is not a regular file")},
		{"a link to a pipe", make("link", os.Symlink("pipe", filepath.Join(dir, "link"))), other("is not a regular file")},
		{"a link in a circle", make("circle", os.Symlink("circle", filepath.Join(dir, "circle"))), other("is a symbolic link that leads back to itself")},
	}
	if os.Geteuid() != 0 {
		closed := make("closed", os.WriteFile(filepath.Join(dir, "closed"), []byte("[default]\n"), 0))
		tests = append(tests, struct {
			name, path string
			want       []string
		}{"a file that may not be read", closed, other("cannot be read: permission denied")})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, problems(t, test.path)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[profile team-%05d]\nregion = eu-west-1\nrole_arn = arn:aws:iam::%012d:role/Developer\n\n", i, i)
	}
	return b.String()
}

func region(t *testing.T, f *awsconf.File, name string) string {
	t.Helper()
	p, err := awsconf.Merge(f, nil).Profile(name)
	if err != nil {
		return err.Error()
	}
	v, _ := p.Get("region")
	return v.Text
}

func TestRead(t *testing.T) {
	for whole, open := range map[bool]opener{false: awsconf.Open, true: nil} {
		for _, n := range []int{1, 5000} {
			t.Run(fmt.Sprint(n, whole), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "config")
				if err := os.WriteFile(path, []byte(many(n)), 0o600); err != nil {
					t.Fatal(err)
				}
				f, err := read(path, "SHOWN", awsconf.ConfigFile, open)
				if err != nil {
					t.Fatal(err)
				}
				if got := region(t, f, fmt.Sprintf("team-%05d", n-1)); got != "eu-west-1" {
					t.Errorf("got region %q", got)
				}
				if f.Partial() != (n > 1 && !whole) {
					t.Errorf("the file is open: %t", f.Partial())
				}
			})
		}
	}
}

// A replaced file is still read as it was. A file that was changed in place is no longer
// trusted.
func TestAFileThatIsReplacedIsReadAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(many(5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := read(path, "SHOWN", awsconf.ConfigFile, awsconf.Open)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", []byte("[profile other]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Skip("a file that is open cannot be replaced here: ", err)
	}
	if got := region(t, f, "team-04999"); got != "eu-west-1" {
		t.Errorf("got %q", got)
	}
	if f, err = read(path, "SHOWN", awsconf.ConfigFile, awsconf.Open); err != nil || len(awsconf.Merge(f, nil).Names()) != 1 {
		t.Errorf("the new file: %v", err)
	}
}

func TestAFileThatIsWrittenInPlaceIsNotTrusted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(many(5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := read(path, "SHOWN", awsconf.ConfigFile, awsconf.Open)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.ReplaceAll(many(5000), "eu-west-1", "us-east-12")
	if err := os.WriteFile(path, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := region(t, f, "team-04999"), "SHOWN: file was changed while it was read"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAFileThatIsTooLargeIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte("[profile a]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<30); err != nil { // a hole: takes no room
		t.Skip(err)
	}
	for _, open := range []opener{awsconf.Open, awsconf.OpenForFew, nil} {
		_, err := read(path, "SHOWN", awsconf.ConfigFile, open)
		if want := "SHOWN is larger than 64 MiB"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Text that was read during a write by another program is discarded, whether it parses or not.
func TestWhatIsReadDuringAChangeIsNotTaken(t *testing.T) {
	for _, open := range []opener{awsconf.Open, awsconf.OpenForFew, nil} {
		for _, text := range []string{many(1), many(5000), "[half"} {
			path := filepath.Join(t.TempDir(), "config")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			opened, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			s := &source{File: opened, size: int64(len(text)), modified: time.Unix(1, 0)} // it was another when it was opened
			if f, err := s.read("SHOWN", awsconf.ConfigFile, open); f != nil || err != errChanged {
				t.Errorf("%.10q: got %v, %v", text, f, err)
			}
			if err := opened.Close(); err == nil {
				t.Error("the file is open still")
			}
		}
	}
}

func TestReadingBoth(t *testing.T) {
	home := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Join(home, ".aws"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, ".aws", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	short := func(path string) string { return "~/" + filepath.Base(path) }
	p := places(false, map[string]string{"HOME": home})
	write("config", "[profile dev]\nregion = eu-west-1\n")
	write("credentials", "[ci]\naws_access_key_id = AKIA\n")
	for name, read := range map[string]func(string, string, awsconf.Kind) (*awsconf.File, error){"all": Read, "few": ReadForFew} {
		config, err := p.ReadBoth(read, short)
		if err != nil {
			t.Fatal(err)
		}
		for profile, file := range map[string]string{"dev": "~/config", "ci": "~/credentials"} {
			if at, err := config.Where(profile); err != nil || at.File != file || at.Line != 1 {
				t.Errorf("%s: %s is at %v, %v", name, profile, at, err)
			}
		}
	}
	// Each file is read once, the config file first.
	var opened []string
	_, err := p.ReadBoth(func(path, _ string, kind awsconf.Kind) (*awsconf.File, error) {
		opened = append(opened, filepath.Base(path))
		return Read(path, path, kind)
	}, short)
	if diff := cmp.Diff([]string{"config", "credentials"}, opened); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
	if _, err := places(false, nil).ReadBoth(Read, short); err == nil || !strings.Contains(err.Error(), "home directory") {
		t.Errorf("without a home directory: %v", err)
	}
}
