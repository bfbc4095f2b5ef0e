package awsconf

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// said lists the whole content of a file, including errors, as lines.
func said(f *File, err error) []string {
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	c := Merge(f, nil)
	if f.kind == CredentialsFile {
		c = Merge(nil, f)
	}
	var lines []string
	section := func(what string, s *Section, err error) {
		if err != nil {
			hint := ""
			if h, ok := err.(interface{ Hint() string }); ok {
				hint = h.Hint()
			}
			lines = append(lines, what+" error: "+err.Error()+" "+hint)
			return
		}
		lines = append(lines, fmt.Sprintf("%s %q at %s", what, s.Name(), s.Pos()))
		for _, key := range s.Keys() {
			v, _ := s.Get(key)
			lines = append(lines, fmt.Sprintf("  %s %q %q", v.Pos, key, v.Text))
		}
	}
	for _, name := range append(c.Names(), "default", "missing", "a", "profile a") {
		p, err := c.Profile(name)
		if err != nil {
			p = &Profile{}
		}
		section(fmt.Sprint("profile ", c.Has(name)), &p.Section, err)
	}
	for _, part := range []string{"", "a", "default"} {
		want := slices.DeleteFunc(c.Names(), func(name string) bool { return !strings.Contains(name, part) })
		if got := c.Match(func(name string) bool { return strings.Contains(name, part) }); !slices.Equal(got, want) {
			lines = append(lines, fmt.Sprintf("%p: of the names %q, %q match %q", f, want, got, part)) // differs in any case
		}
	}
	for _, name := range append(c.SSOSessions(), "missing", "a") {
		s, err := c.SSOSession(name)
		section("sso-session", s, err)
		s, err = c.Services(name)
		section("services", s, err)
	}
	for _, p := range c.Problems() {
		lines = append(lines, "problem "+p.Error()+" "+p.Hint())
	}
	return lines
}

func same(t interface {
	Helper()
	Errorf(string, ...any)
}, kind Kind, text string, size int) {
	t.Helper()
	want := said(Parse("f", kind, text))
	for _, p := range []purpose{{}, {few: true}} {
		got := said(open("f", kind, strings.NewReader(text), size, p))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with a buffer of %d, for few: %v (-parsed +opened)\n%s", size, p.few, diff)
		}
	}
	fits := func(name string) bool { return strings.Contains(name, "a") }
	whole, _ := Parse("f", kind, text)
	names, err := open("f", kind, strings.NewReader(text), size, purpose{keep: fits})
	if whole == nil || names == nil {
		if whole != nil || names != nil {
			t.Errorf("the names with a buffer of %d: %v", size, err)
		}
		return
	}
	if diff := cmp.Diff(Merge(whole, nil).Match(fits), Merge(names, nil).Match(fits)); diff != "" {
		t.Errorf("the names with a buffer of %d (-parsed +opened)\n%s", size, diff)
	}
}

// A file that is read in parts gives the same result as a file that is read whole, wherever
// the parts begin.
func TestAnOpenedFileSaysWhatAParsedOneSays(t *testing.T) {
	files, err := filepath.Glob("../../tests/config/corpus/*")
	if err != nil || len(files) < 50 {
		t.Fatalf("the corpus has %d files: %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind := ConfigFile
		if filepath.Ext(file) == ".credentials" {
			kind = CredentialsFile
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 7, 16, 64, 257, bufferSize} {
				same(t, kind, string(data), size)
			}
		})
	}
	t.Run("at random", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			text := ""
			for range rapid.IntRange(1, 4).Draw(t, "pieces") {
				text += drawFile(t)
			}
			kind := rapid.SampledFrom([]Kind{ConfigFile, CredentialsFile}).Draw(t, "kind")
			same(t, kind, text, rapid.IntRange(1, 80).Draw(t, "buffer"))
		})
	})
}

// The commonest headers have their own reader, which takes eight bytes at once. It must agree
// with the general reader, to which a space after the header leads.
func TestAPlainHeaderIsReadAsAnyOther(t *testing.T) {
	for _, kind := range []Kind{ConfigFile, CredentialsFile} {
		for size := range 20 {
			for at := range size {
				for c := range 256 {
					name := []byte("abcdefghijklmnopqrst")[:size]
					name[at] = byte(c)
					header := "[" + string(name) + "]"
					if kind == ConfigFile {
						header = "[profile " + string(name) + "]"
					}
					for _, below := range []string{"\n", "\nregion = eu-west-1\n"} {
						plain, err := Parse("f", kind, header+below)
						other, otherErr := Parse("f", kind, header+" "+below)
						if (err == nil) != (otherErr == nil) || len(plain.sections) != len(other.sections) {
							t.Fatalf("%q: %v and %v", header, err, otherErr)
						}
						if len(plain.sections) == 1 && (plain.name(0) != other.name(0) || plain.sections[0] != other.sections[0]) {
							t.Fatalf("%q: %q and %q", header, plain.name(0), other.name(0))
						}
					}
				}
			}
		}
	}
}

// counted is a source that records how it was read.
type counted struct {
	io.ReaderAt
	reads, bytes int
	largest      int
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.reads, c.bytes, c.largest = c.reads+1, c.bytes+n, max(c.largest, len(p))
	return n, err
}

func TestOnlyWhatIsAskedForIsReadAgain(t *testing.T) {
	text := string(manyProfiles(10_000))
	source := &counted{ReaderAt: strings.NewReader(text)}
	f, err := Open("config", ConfigFile, source)
	if err != nil {
		t.Fatal(err)
	}
	if source.largest > bufferSize || source.bytes < len(text) || source.bytes > len(text)+len(text)/10 {
		t.Fatalf("%d bytes were read in parts of up to %d, the file has %d", source.bytes, source.largest, len(text))
	}
	*source = counted{ReaderAt: source.ReaderAt}
	c := Merge(f, nil)
	want := []string{"region=eu-west-1", "role_arn=arn:aws:iam::000000009999:role/Developer", "source_profile=default", "mfa_serial=arn:aws:iam::111111111111:mfa/jon"}
	if diff := cmp.Diff(want, values(c, "team-09999")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	p, err := c.Profile("team-07777")
	if err != nil || p.Pos().Line != 4+6*7777 {
		t.Errorf("got %v at line %d, want line %d", err, p.Pos().Line, 4+6*7777)
	}
	if source.bytes > 1000 {
		t.Errorf("two profiles cost %d bytes", source.bytes)
	}
	fits := func(name string) bool { return strings.HasPrefix(name, "team-0999") || name == "default" }
	if got := c.Match(fits); len(got) != 11 || got[0] != "default" || got[10] != "team-09999" {
		t.Errorf("these match: %q", got)
	}
	if got := c.Match(func(name string) bool { return name != "team-00003" }); len(got) != 10_000 || got[0] != "default" || got[4] != "team-00004" {
		t.Errorf("%d match, the fifth is %q", len(got), got[4])
	}
	if c.Has("team-10000") || !c.Has("team-00000") || len(c.Names()) != 10_001 {
		t.Errorf("the names are wrong: %d of them", len(c.Names()))
	}
	if source.bytes > 1000 {
		t.Errorf("names cost %d bytes", source.bytes)
	}
	for _, name := range c.Names() {
		if _, err := c.Profile(name); err != nil {
			t.Fatal(err)
		}
	}
	if source.reads > readsBeforeAll+1 || source.bytes > len(text)+10_000 {
		t.Errorf("all profiles cost %d reads and %d bytes", source.reads, source.bytes)
	}
}

func TestOfAFewEachIsReadAgainOnce(t *testing.T) {
	source := &counted{ReaderAt: strings.NewReader(string(manyProfiles(10_000)))}
	f, err := OpenForFew("config", ConfigFile, source)
	if err != nil {
		t.Fatal(err)
	}
	*source = counted{ReaderAt: source.ReaderAt}
	c := Merge(f, nil)
	for range 3 {
		for _, n := range []int{7777, 4, 9999} {
			p, err := c.Profile(fmt.Sprintf("team-%05d", n))
			if err != nil || p.Pos().Line != 4+6*n {
				t.Errorf("got %v at line %d, want line %d", err, p.Pos().Line, 4+6*n)
			}
		}
	}
	if most := 3 * (beginningSize + betweenMarks); source.bytes > most || source.reads > 3*2 { // with a section or two that have the same mark
		t.Errorf("three profiles cost %d reads and %d bytes, at most %d", source.reads, source.bytes, most)
	}
	if n := f.lookups.Load(); n != 3 {
		t.Errorf("the marks were walked through %d times for three names", n)
	}
}

// A session is used by several goroutines at once: the race detector looks at what they share.
func TestAFileOfAFewIsAskedBySeveral(t *testing.T) {
	f, err := OpenForFew("config", ConfigFile, strings.NewReader(string(manyProfiles(1_000))))
	if err != nil {
		t.Fatal(err)
	}
	c := Merge(f, nil)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for n := range 60 { // more names than are remembered
				n = (n*7 + g) % 1_000
				if p, err := c.Profile(fmt.Sprintf("team-%05d", n)); err != nil || p.Pos().Line != 4+6*n {
					t.Errorf("%d: %v at line %d, want line %d", n, err, p.Pos().Line, 4+6*n)
				}
			}
		})
	}
	wg.Wait()
}

// Lines are counted from marks, which stand at headers: beside sections of any size.
func TestLinesBesideLargeSections(t *testing.T) {
	var text strings.Builder
	lines := map[string]int{}
	line := 1
	for i := range 300 {
		name := fmt.Sprintf("p%d", i)
		lines[name] = line
		settings := i * 37 % 400
		fmt.Fprintf(&text, "%s[profile %s]\n%s", strings.Repeat("\n", i%3), name, strings.Repeat("region = eu-west-1\n", settings))
		lines[name] += i % 3
		line += i%3 + 1 + settings
	}
	for _, odd := range []string{"]", " ]"} { // which is read in another way
		written := strings.ReplaceAll(text.String(), "]", odd)
		f, err := open("f", ConfigFile, strings.NewReader(written), 16<<10, purpose{few: true})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range lines {
			if i := f.find(ProfileSection, name); i.count != 1 || f.line(i.first) != want {
				t.Fatalf("%q: %s: %+v, at line %d, want %d", odd, name, i, f.line(i.first), want)
			}
		}
	}
}

// changing is a file that another program is writing.
type changing struct{ text string }

func (c *changing) ReadAt(p []byte, off int64) (int, error) {
	return strings.NewReader(c.text).ReadAt(p, off)
}

func TestAFileThatChangesWhileItIsReadIsAnError(t *testing.T) {
	const before = "[profile a]\nregion = eu-west-1\n\n[profile b]\nregion = us-east-1\n"
	tests := []struct{ name, after, want string }{
		{"another section stands there", "[profile b]\nregion = us-east-1\n\n[profile a]\nregion = eu-west-1\n", "f:4: file was changed while it was read"},
		{"no section stands there", strings.Repeat("region = eu-west-1\n", 10), "f:4: file was changed while it was read"},
		{"it is shorter", "[profile a]\n", "f: file was changed while it was read"},
		{"it is empty", "", "f: file was changed while it was read"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			source := &changing{before}
			f, err := open("f", ConfigFile, source, 16, purpose{})
			if err != nil {
				t.Fatal(err)
			}
			source.text = test.after
			_, err = Merge(f, nil).Profile("b")
			fault := (*Error)(nil)
			if !errors.As(err, &fault) || fault.Error() != test.want || fault.Hint() == "" {
				t.Errorf("got %v, want %s, with a hint", err, test.want)
			}
		})
	}
}

// endless repeats a text without end.
type endless string

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		p[i] = e[(off+int64(i))%int64(len(e))]
	}
	return len(p), nil
}

func TestHostileFilesAreBounded(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"sections", "[profile a]\nregion = eu-west-1\n" + strings.Repeat("x", 1000) + "\n", "f is larger than 64 MiB"},
		{"one line", "x", "f is larger than 64 MiB"},
		{"blank lines", "\n", "f is larger than 64 MiB"},
		{"zeros", "\x00", "f is larger than 64 MiB"},
		{"a header without an end", "[", "f is larger than 64 MiB"},
		{"short headers", "[]\n", "f:1048577: file has more than a million sections"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Open("f", ConfigFile, endless(test.text))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	t.Run("a section of nothing but blank lines", func(t *testing.T) {
		text := "[profile a]\nk = v\n" + strings.Repeat("\n", 1<<20) + "  w\n[profile b]\nk = v\n"
		c := config(t, text)
		if diff := cmp.Diff([]string{"error: ~/.aws/config:100002: section is longer than 100000 lines"}, values(c, "a")); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if diff := cmp.Diff([]string{"k=v"}, values(c, "b")); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// sized is a file of a known size that counts its reads.
type sized struct {
	endless
	size  int64
	reads int
}

func (s *sized) Size() int64 { return s.size }

func (s *sized) ReadAt(p []byte, off int64) (int, error) {
	s.reads++
	return s.endless.ReadAt(p, off)
}

func TestAFileThatIsKnownToBeTooLargeIsNotRead(t *testing.T) {
	s := &sized{endless: "[profile a]\n", size: MaxSize + 1}
	if _, err := Open("f", ConfigFile, s); err == nil || err.Error() != "f is larger than 64 MiB" || s.reads > 1 {
		t.Errorf("it is read %d times: %v", s.reads, err)
	}
}

// failing is a disk that fails.
type failing struct{ after int64 }

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.after {
		return 0, errDisk
	}
	return endless("[profile a]\n[profile b]\n").ReadAt(p, off)
}

var errDisk = errors.New("input/output error")

func TestErrorsOfTheDiskAreReturned(t *testing.T) {
	for _, after := range []int64{0, bufferSize, 3 * bufferSize} {
		if _, err := Open("f", ConfigFile, failing{after}); !errors.Is(err, errDisk) {
			t.Errorf("got %v, want %v", err, errDisk)
		}
	}
}

func TestManyKeysInASection(t *testing.T) {
	var text strings.Builder
	text.WriteString("[profile a]\n")
	for i := range 40 {
		fmt.Fprintf(&text, "key%d = %d\n  more\n", i, i)
	}
	c := config(t, text.String())
	p, err := c.Profile("a")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		want := Value{fmt.Sprintf("%d\nmore", i), Pos{"~/.aws/config", 2 + 2*i}}
		if got, ok := p.Get(fmt.Sprintf("Key%d", i)); !ok || got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if _, ok := p.Get("key40"); ok {
		t.Error("a key that is not there is found")
	}
	for _, twice := range []int{0, 7, 16, 39} {
		got := values(config(t, text.String()+fmt.Sprintf("KEY%d = x\n", twice)), "a")
		want := []string{fmt.Sprintf(`error: ~/.aws/config:82: "key%d" is set twice, first on line %d`, twice, 2+2*twice)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}
