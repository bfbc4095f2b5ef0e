package process

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSplitIsWhatPythonDoes(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("to run this test: apt-get install python3")
	}
	var lines []string
	for i := range 300 {
		lines = append(lines, rapid.StringMatching(`([ab "'\\$#é=~\t]|\\")*`).Example(i))
	}
	lines = append(lines, `/opt/x --a "b c" 'd"e' f\ g ""`, `a "b\$c" "\\" '\'`, `x # y`)
	cmd := exec.Command(python, "-c", `
import sys, json, shlex
for line in sys.stdin.read().split("\0"):
    try: print(json.dumps(shlex.split(line)))
    except ValueError: print("null")
`)
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\x00"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words, err := Split(lines[i])
		if err != nil && want == "[]" { // Python splits nothing into nothing
			continue
		}
		if (err != nil) != (want == "null") {
			t.Errorf("Split(%q) = %q, %v; Python says %s", lines[i], words, err, want)
		} else if got := jsonOf(words); err == nil && got != want {
			t.Errorf("Split(%q) = %s, Python says %s", lines[i], got, want)
		}
	}
}

// jsonOf spells a list as Python does.
func jsonOf(words []string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, w := range words {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('"')
		for _, r := range w {
			switch {
			case r == '"' || r == '\\':
				b.WriteByte('\\')
				b.WriteRune(r)
			case r == '\t':
				b.WriteString(`\t`)
			case r == 'é':
				b.WriteString(`\u00e9`)
			default:
				b.WriteRune(r)
			}
		}
		b.WriteByte('"')
	}
	return b.String() + "]"
}

func TestSplitWindows(t *testing.T) {
	for line, want := range map[string][]string{
		`C:\bin\x.exe --a b`:            {`C:\bin\x.exe`, "--a", "b"},
		`"C:\Program Files\x.exe" a`:    {`C:\Program Files\x.exe`, "a"},
		`x 'a b'`:                       {"x", "'a", "b'"},
		`x "a\"b" c\\"d e\\" f\\g`:      {"x", `a"b`, `c\d e\`, `f\\g`},
		`x ""`:                          {"x", ""},
		"x\ta":                          {"x", "a"},
		`\\server\share\x.exe "a\\\"b"`: {`\\server\share\x.exe`, `a\"b`},
	} {
		if got, err := SplitWindows(line); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("SplitWindows(%q) = %q, %v; want %q", line, got, err, want)
		}
	}
	for _, bad := range []string{"", " ", `x "a`} {
		if got, err := SplitWindows(bad); err == nil {
			t.Errorf("SplitWindows(%q) = %q", bad, got)
		}
	}
}

func program(args ...string) Program {
	return Program{Args: args, Environ: []string{"PATH=/usr/bin:/bin"}, Limit: 100, Timeout: 10 * time.Second}
}

func TestOutput(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("runs /bin/sh")
	}
	ctx := context.Background()
	if out, err := Output(ctx, program("/bin/sh", "-c", "echo hello; cat")); err != nil || string(out) != "hello\n" {
		t.Errorf("%q, %v", out, err)
	}
	for _, test := range []struct {
		p    Program
		want string
	}{
		{program("/nonexistent/x"), "/nonexistent/x cannot be run: no such file or directory"},
		{program("no-such-program-anywhere"), "no-such-program-anywhere cannot be run: executable file not found in $PATH"},
		{program("/bin/sh", "-e", "-c", "echo secret; echo oops >&2; exit 3"), "/bin/sh ended with exit status 3: oops"},
		{program("/bin/sh", "-c", "printf 'a\\033[31mb\\n' >&2; exit 3"), "the command ended with exit status 3: a [31mb"},
		{program("/bin/sh", "-c", "head -c 101 /dev/zero"), "the command printed more than 100 bytes"},
	} {
		if out, err := Output(ctx, test.p); err == nil || err.Error() != test.want {
			t.Errorf("%q: %q, %v; want %s", test.p.Args, out, err, test.want)
		}
	}
}

func TestOutputEndsEverythingInTime(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("runs /bin/sh")
	}
	p := program("/bin/sh", "-c", "sleep 54321 & sleep 54321")
	p.Timeout = 300 * time.Millisecond
	if _, err := Output(context.Background(), p); err == nil || err.Error() != "the command did not end within 300ms" {
		t.Error(err)
	}
	for range 50 {
		if exec.Command("pgrep", "-f", "^sleep 54321$").Run() != nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if out, err := exec.Command("pgrep", "-f", "^sleep 54321$").Output(); err == nil {
		t.Errorf("still running: %s", out)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	p.Timeout = time.Minute
	if _, err := Output(ctx, p); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestOutputShowsThePersonWhatTheProgramSays(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("runs /bin/sh")
	}
	var said bytes.Buffer
	p := program("/bin/sh", "-c", "echo touch it >&2; echo code")
	p.Stderr = &said
	if out, err := Output(context.Background(), p); err != nil || string(out) != "code\n" || said.String() != "touch it\n" {
		t.Errorf("%q, %q, %v", out, said.String(), err)
	}
}
