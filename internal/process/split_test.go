package process

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"awsvault/tests/need"
)

func TestSplitIsWhatPythonDoes(t *testing.T) {
	python := need.Program(t, "python3", "python3")
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

// jsonOf encodes a list as Python does.
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

func TestFirst(t *testing.T) {
	for line, want := range map[string]string{
		"": "", "op": "op", " op item get x | head -1": "op", `"/opt/a b/op" x`: "/opt/a b/op", "'op'": "op", `"op`: "op", "op;x": "op", "op>f": "op", "op\tx": "op",
		`C:\x\op.exe read`: `C:\x\op.exe`, "A=b op": "op", "A=b  C= op x": "op", "A=b": "", "A=b; op": "", "./a=b x": "./a=b", "=x": "=x",
	} {
		if got := First(line); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}
