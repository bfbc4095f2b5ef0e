package process

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// asBatchFile reads a command line like cmd.exe, and then like a program that a batch file
// calls with %*: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
// and https://ss64.com/nt/syntax-percent.html. It fails if cmd.exe would interpret a part of
// the line.
func asBatchFile(t *testing.T, text string) []string {
	t.Helper()
	const before = `"C:\Windows\System32\cmd.exe" /d /e:on /v:off /s /c "`
	line, ok := strings.CutPrefix(text, before)
	if !ok || !strings.HasSuffix(line, `"`) {
		t.Fatalf("the line is %q", text)
	}
	line = strings.TrimSuffix(line, `"`)
	// Variables first, quoted or not. An empty name is a % that stays.
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		if line[i] != '%' {
			b.WriteByte(line[i])
			continue
		}
		end := strings.IndexByte(line[i+1:], '%')
		switch {
		case end <= 0:
			b.WriteByte('%')
		case line[i+1:i+1+end] == "cd:~,":
			i += end + 1
		default:
			t.Fatalf("cmd.exe finds a variable in %q", text)
		}
	}
	line = b.String()
	open := false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			open = !open
		case !open && strings.IndexByte("&|<>^()!%", line[i]) >= 0:
			t.Fatalf("cmd.exe finds %q at %d of %q", line[i], i, line)
		}
	}
	if open {
		t.Fatalf("a quote stays open in %q", line)
	}
	return programWords(line)
}

// programWords splits a line as a program with Microsoft's C library does.
func programWords(line string) (words []string) {
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		var b strings.Builder
		quoted, i := false, 0
		for ; i < len(line) && (quoted || line[i] != ' '); i++ {
			n := 0
			for i < len(line) && line[i] == '\\' {
				n, i = n+1, i+1
			}
			if i == len(line) || line[i] != '"' {
				b.WriteString(strings.Repeat(`\`, n))
				if i < len(line) && (quoted || line[i] != ' ') {
					b.WriteByte(line[i])
				} else {
					i--
				}
				continue
			}
			b.WriteString(strings.Repeat(`\`, n/2))
			switch {
			case n%2 == 1:
				b.WriteByte('"')
			case quoted && i+1 < len(line) && line[i+1] == '"':
				b.WriteByte('"')
				i++
			default:
				quoted = !quoted
			}
		}
		words = append(words, b.String())
		line = line[min(i, len(line)):]
	}
	return words
}

func TestArgumentsOfABatchFileStayData(t *testing.T) {
	const script = `C:\Program Files\Amazon\100%\sam.cmd`
	lists := [][]string{
		{"a&whoami"}, {"a|b", "<x>", "^", "a^b", "(x)"}, {"%PATH%", "100%", "%", "%%", "a%b%c"}, {`"`, `a"b`, `"&whoami&"`, `\"`, `a\"b\\"c`}, {"", "a b", `C:\dir\`, `C:\my dir\`},
		{"!x!", "a!b"}, {"--parameter-overrides", `Key="a b",Other='c'`}, {"é 日本", "*", "?", "a;b", "a,b", "a=b", "\t"}, {},
	}
	random := rand.New(rand.NewPCG(15, 4))
	for range 10_000 {
		var list []string
		for range random.IntN(5) {
			word := ""
			for range random.IntN(8) {
				word += []string{"a", "B7", " ", `"`, `\`, "&", "|", "<", ">", "^", "%", "!", "(", ")", ",", ";", "=", "'", "`", "\t", "é", "%PATH%", `\"`, "cd:~,", "~", "@"}[random.IntN(26)]
			}
			list = append(list, word)
		}
		lists = append(lists, list)
	}
	for _, list := range lists {
		line, err := batchLine(`C:\Windows\System32`, script, list)
		if err != nil {
			t.Fatal(err)
		}
		got := asBatchFile(t, line)
		if want := append([]string{script}, list...); !slices.Equal(got, want) {
			t.Fatalf("%q: got %q by %s", want, got, line)
		}
	}
	for _, bad := range []string{"a\nb", "a\rb", "a\x00b"} {
		if line, err := batchLine(`C:\Windows\System32`, script, []string{bad}); err == nil {
			t.Errorf("%q: %s", bad, line)
		}
	}
}

func TestWhatIsABatchFile(t *testing.T) {
	for path, want := range map[string]bool{`C:\a\sam.cmd`: true, "SAM.CMD": true, "x.bat": true, "x.Bat.": true, "x.cmd ": true, "x.exe": false, "cmd": false, "x.cmd.exe": false, "": false} {
		if got := isBatch(path); got != want {
			t.Errorf("%q: %t", path, got)
		}
	}
}
