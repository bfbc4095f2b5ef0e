package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func whole() Entry {
	return Entry{
		At: noon, Profile: "dev", Account: "111122223333", Call: "AssumeRole", Role: "arn:aws:iam::111122223333:role/reader",
		Name: "vault-ana", KeyID: "ASIAEXAMPLE", Expires: noon.Add(time.Hour), Narrowed: []string{"ReadOnlyAccess"}, Agent: "--agent",
		Dir: "/srv/app", By: By{Command: "exec", Program: "terraform"},
	}
}

func all(t *testing.T, dir string) (list []Entry) {
	t.Helper()
	if err := Read(dir, func(e Entry) { list = append(list, e) }); err != nil {
		t.Fatal(err)
	}
	return list
}

func add(t *testing.T, l Log, e Entry) {
	t.Helper()
	if err := l.Add(e); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	l := Log{Dir: filepath.Join(t.TempDir(), "state"), By: whole().By}
	little := Entry{At: noon.Add(time.Minute), Profile: "plain", Narrowed: []string{}}
	add(t, l, whole())
	add(t, Log{Dir: l.Dir}, little)
	if diff := cmp.Diff([]Entry{whole(), little}, all(t, l.Dir)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(Path(l.Dir)); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
}

func TestWhoAsks(t *testing.T) {
	for _, test := range []struct {
		command string
		run     []string
		want    By
	}{
		{"use", nil, By{Command: "use"}},
		{"__renew", nil, By{Command: "renew"}},
		{"exec", []string{"/usr/bin/aws", "--secret", "value"}, By{"exec", "aws"}},
		{"exec", []string{"terraform", "apply"}, By{"exec", "terraform"}},
	} {
		if got := For(test.command, test.run); got != test.want {
			t.Errorf("%s %q: %+v", test.command, test.run, got)
		}
	}
}

func TestTheVariable(t *testing.T) {
	for value, want := range map[string]string{"": "dir", "on": "dir", "off": ""} {
		if got := Of("dir", func(string) string { return value }, By{}); got.Dir != want {
			t.Errorf("%q: %+v", value, got)
		}
	}
	if err := (Log{}).Add(whole()); err != nil {
		t.Error(err)
	}
}

func TestLongAndHostileTexts(t *testing.T) {
	l := Log{Dir: t.TempDir(), By: By{Program: "\x1b]0;x\x07\nnext"}}
	e := whole()
	e.Profile = strings.Repeat("ä", 5000)
	e.Dir = "/a\nb"
	e.Narrowed = nil
	for range 100 {
		e.Narrowed = append(e.Narrowed, strings.Repeat(`"\`, 5000))
	}
	add(t, l, e)
	text, err := os.ReadFile(Path(l.Dir))
	if err != nil || bytes.Count(text, []byte("\n")) != 1 || len(text) > mostLine || bytes.ContainsAny(text, "\x1b\x07") {
		t.Errorf("%d bytes: %.200q %v", len(text), text, err)
	}
	got := all(t, l.Dir)
	if len(got) != 1 || len(got[0].Narrowed) != mostPolicies || !strings.HasPrefix(got[0].Profile, "ää") {
		t.Errorf("%.300v", got)
	}
}

// Whatever the file contains, the reader finds the lines that vault wrote.
func TestLinesThatVaultDidNotWrite(t *testing.T) {
	for name, junk := range map[string]string{
		"another program's": "Mar  4 12:00:00 host kernel: hello\n",
		"no time":           `{"profile":"dev"}` + "\n",
		"no profile":        `{"time":"2026-03-04T12:00:00Z"}` + "\n",
		"another type":      `{"time":"2026-03-04T12:00:00Z","profile":["dev"]}` + "\n",
		"torn":              `{"time":"2026-03-`,
		"endless":           strings.Repeat("x", 5*mostLine) + "\n",
		"endless, an entry": `{"time":"2026-03-04T12:00:00Z","profile":"` + strings.Repeat("x", 5*mostLine) + `"}` + "\n",
		"zeros":             "\x00\x00\x00\n\n\n",
	} {
		l := Log{Dir: t.TempDir(), By: whole().By}
		add(t, l, whole())
		f, err := os.OpenFile(Path(l.Dir), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString(junk)
		f.Close()
		add(t, l, whole())
		if diff := cmp.Diff([]Entry{whole(), whole()}, all(t, l.Dir)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAHugeFileIsReadFromItsEnd(t *testing.T) {
	l := Log{Dir: t.TempDir(), By: whole().By}
	early := whole()
	early.Profile = "early"
	line := early.line()
	if err := os.WriteFile(Path(l.Dir), append(bytes.Repeat(line, 2*mostRead/len(line)), whole().line()...), 0o600); err != nil {
		t.Fatal(err)
	}
	got := all(t, l.Dir)
	if n := len(got); n == 0 || n > mostRead/len(line)+1 || got[n-1].Profile != "dev" {
		t.Error(n)
	}
}

func TestTheLast(t *testing.T) {
	l := Log{Dir: t.TempDir()}
	for i := range 10 {
		e := whole()
		e.Profile, e.Name = fmt.Sprintf("p%d", i%2), fmt.Sprint(i)
		add(t, l, e)
	}
	for _, test := range []struct {
		profile string
		n       int
		want    string
	}{
		{"", 0, "0123456789"}, {"", 3, "789"}, {"", 10, "0123456789"}, {"", 11, "0123456789"},
		{"p1", 0, "13579"}, {"p1", 2, "79"}, {"none", 2, ""},
	} {
		last, err := Last(l.Dir, test.profile, test.n)
		got := ""
		for _, e := range last {
			got += e.Name
		}
		if err != nil || got != test.want {
			t.Errorf("%q %d: %q, want %q (%v)", test.profile, test.n, got, test.want, err)
		}
	}
	if last, err := Last(t.TempDir(), "", 5); err != nil || last != nil {
		t.Error(last, err)
	}
}

func TestALongLogIsRotated(t *testing.T) {
	l := Log{Dir: t.TempDir(), By: whole().By}
	old := bytes.Repeat(whole().line(), most/len(whole().line())+1)
	for range 2 {
		if err := os.WriteFile(Path(l.Dir), old, 0o600); err != nil {
			t.Fatal(err)
		}
		add(t, l, whole())
		if _, err := os.Stat(Path(l.Dir)); !errors.Is(err, os.ErrNotExist) {
			t.Error("it was not rotated", err)
		}
		last := whole()
		last.Profile = "after"
		add(t, l, last)
		got := all(t, l.Dir)
		if len(got) != len(old)/len(whole().line())+2 || got[len(got)-1].Profile != "after" {
			t.Error(len(got))
		}
	}
}

// Many processes write at once while the log is rotated. No line is lost, and none is mixed.
func TestManyAtOnce(t *testing.T) {
	l := Log{Dir: t.TempDir(), By: whole().By}
	old := whole()
	old.Profile = "old"
	if err := os.WriteFile(Path(l.Dir), bytes.Repeat(old.line(), (most-20000)/len(old.line())), 0o600); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if err := l.Add(whole()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	n := 0
	for _, e := range all(t, l.Dir) {
		if e.Profile != "old" {
			if diff := cmp.Diff(whole(), e); diff != "" {
				t.Fatal(diff)
			}
			n++
		}
	}
	if n != 8*50 {
		t.Errorf("%d lines, want %d", n, 8*50)
	}
	if _, err := os.Stat(filepath.Join(l.Dir, older)); err != nil {
		t.Error("it was not rotated", err)
	}
}

// A log that cannot be rotated stays, and accepts more lines.
func TestALogThatCannotBeRotatedStays(t *testing.T) {
	l := Log{Dir: t.TempDir(), By: whole().By}
	old := bytes.Repeat(whole().line(), most/len(whole().line())+1)
	if err := errors.Join(os.WriteFile(Path(l.Dir), old, 0o600), os.MkdirAll(filepath.Join(l.Dir, older, "full"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		add(t, l, whole())
	}
	text, err := os.ReadFile(Path(l.Dir))
	if want := len(old) + 2*len(whole().line()); len(text) != want || err != nil {
		t.Errorf("%d bytes, %v; want %d", len(text), err, want)
	}
}
