package line

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPrintable(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"plain text", "profile \"dev\" is ~/x", "profile \"dev\" is ~/x"},
		{"nothing", "", ""},
		{"several lines", "\n a\r\n\tb \n", "a   b"},
		{"an escape sequence", "a\x1b[31mb\x1b]0;t\x07", "a?[31mb?]0;t?"},
		{"a sequence of C1", "a\u009b31mb\u0085c", "a?31mb?c"},
		{"bytes that are no UTF-8", "a\xff\xc3b", "a??b"},
		{"the character for such bytes", "a\ufffdb", "a?b"},
		{"writing from right to left", "a\u202eb\u2066c\u200fd", "a?b?c?d"},
		{"what takes no room", "a\u200bb\u2060c\u00add\ufeffe", "a?b?c?d?e"},
		{"what looks like nothing", "a\u3164b\u115fc\u1160d\uffa0e", "a?b?c?d?e"},
		{"line and paragraph separators", "a\u2028b\u2029c", "a?b?c"},
		{"blanks of other widths", "a\u00a0b\u3000c\u2003", "a b c"},
		{"private use and what is not assigned", "a\ue000b\U0010fffec", "a?b?c"},
		{"tags, which hide text", "a\U000e0041b", "a?b"},
		{"a backspace and a deletion", "a\bb\x7fc\x00d", "a?b?c?d"},
		{"letters of other scripts", "zażółć 日本 שלום", "zażółć 日本 שלום"},
		{"letters with their marks apart, as macOS has paths", "e\u0301te\u0301", "e\u0301te\u0301"},
		{"a pile of marks", "a" + strings.Repeat("\u0301", 5) + "b\u0301", "a\u0301\u0301\u0301??b\u0301"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Printable(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCleanKeepsTheBlanksAtTheEnds(t *testing.T) {
	for text, want := range map[string]string{"": "", " a ": " a ", "\ta\x1b\n": " a? ", "\u3000é ": " é "} {
		if got := Clean(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestWord(t *testing.T) {
	for text, want := range map[string]string{
		"dev": "dev", "a/b:c@d.e-f_g+h=i": "a/b:c@d.e-f_g+h=i", "büro": "büro", "": "''", "a b": "'a b'", "$x`id`": "'$x`id`'", "it's": `"it's"`, "*": "'*'", "~": "'~'",
		"a\nb": "'a b'", "a;b": "'a;b'", `a\b`: `'a\b'`, "#a": "'#a'", "!a": "'!a'", "a,b": "'a,b'", "a&b": `"a&b"`, "a|$b": "'a|$b'",
		// PowerShell takes these for quotes.
		"a’;b": `"a’;b"`, "a“b": "'a“b'", "‘a“": "'?a“'", "a’": `"a’"`,
		// No spelling is the same everywhere.
		"it's $5": "'it?s $5'", `x\';b;'`: `'x\?;b;?'`, `a\`: `'a?'`, `a\\`: `'a\?'`,
	} {
		if got := Word(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// Whatever a name contains, it stays between the quotes with which its spelling begins.
func TestAWordStaysInItsQuotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("a ;'\"`$\\()&|’‘“”!~,é"))).Draw(t, "name")
		word := Word(text)
		inside := word
		switch word[0] {
		case '\'':
			inside = word[1 : len(word)-1]
			if strings.ContainsAny(inside, "'’‘‚‛") || strings.HasSuffix(inside, `\`) {
				t.Fatalf("%q: %s", text, word)
			}
		case '"':
			inside = word[1 : len(word)-1]
			if strings.ContainsAny(inside, "\"$`\\!“”„") {
				t.Fatalf("%q: %s", text, word)
			}
		default:
			if strings.ContainsAny(word, " ;'\"`$\\()&|’‘“”!~,") {
				t.Fatalf("%q: %s", text, word)
			}
		}
		if last := word[len(word)-1]; word[0] == '\'' && last != '\'' || word[0] == '"' && last != '"' {
			t.Fatalf("%q: %s", text, word)
		}
	})
}

func TestWhateverComesIsOnePrintableLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "runes")
		got := Printable(text)
		for _, r := range got {
			if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
				t.Fatalf("%q became %q", text, got)
			}
		}
		if Printable(got) != got {
			t.Fatalf("%q became %q, and then %q", text, got, Printable(got))
		}
	})
}

func TestPlainTextCostsNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Printable("profile \"dev\" is not in ~/.aws/config") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "日本": 4, "e\u0301": 1, "ＡＢ": 4, "한글": 4, "🙂": 2, "é…": 2, "ｱ": 1} {
		if got := Width(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	type cuts struct{ Middle, End, Start string }
	for _, test := range []struct {
		text  string
		width int
		want  cuts
	}{
		{"production-admin", 16, cuts{"production-admin", "production-admin", "production-admin"}},
		{"production-admin", 9, cuts{"prod…dmin", "producti…", "…on-admin"}},
		{"production-admin", 8, cuts{"pro…dmin", "product…", "…n-admin"}},
		{"production-admin", 5, cuts{"prod…", "prod…", "…dmin"}},
		{"production-admin", 1, cuts{"…", "…", "…"}},
		{"production-admin", 0, cuts{"", "", ""}},
		{"production-admin", -3, cuts{"", "", ""}},
		{"日本日本日本", 8, cuts{"日…日本", "日本日…", "…本日本"}},
		{"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", 6, cuts{"e\u0301e\u0301…e\u0301e\u0301e\u0301", "e\u0301e\u0301e\u0301e\u0301e\u0301…", "…e\u0301e\u0301e\u0301e\u0301e\u0301"}},
	} {
		got := cuts{Cut(test.text, test.width), CutEnd(test.text, test.width), CutStart(test.text, test.width)}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q to %d: (-want +got)\n%s", test.text, test.width, diff)
		}
	}
}

func TestWhatIsCutFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := Printable(rapid.String().Draw(t, "text"))
		width := rapid.IntRange(-1, 30).Draw(t, "width")
		for _, cut := range []func(string, int) string{Cut, CutEnd, CutStart} {
			if got := cut(text, width); Width(got) > max(width, 0) {
				t.Fatalf("%q to %d is %q, %d wide", text, width, got, Width(got))
			}
		}
	})
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		name, text    string
		width, indent int
		want          string
	}{
		{"fits", "one two", 7, 2, "one two"},
		{"does not", "one two", 6, 2, "one\n  two"},
		{"with a label in columns", "Note      one two three", 15, 10, "Note      one\n          two\n          three"},
		{"blanks go where a line ends", "one   two   three", 9, 0, "one   two\nthree"},
		{"line ends are blanks", "one\ntwo", 20, 0, "one two"},
		{"blanks before and after", "  one two  ", 6, 0, "  one\ntwo"},
		{"a word that is too wide stays whole", "see https://example.com/long or not", 10, 2, "see\n  https://example.com/long\n  or not"},
		{"the first word is too wide", "https://example.com/long or", 10, 2, "https://example.com/long\n  or"},
		{"no width", "one two three", 0, 2, "one two three"},
		{"nothing", " ", 10, 2, ""},
		{"wide letters", "日本 日本", 8, 0, "日本\n日本"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Wrap(test.text, test.width, test.indent)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestFill(t *testing.T) {
	words := []string{"vault use", "off", "refresh", "status"}
	for width, want := range map[int]string{
		0: "> vault use  off  refresh  status", 33: "> vault use  off  refresh  status", 32: "> vault use  off  refresh\n  status", 12: "> vault use\n  off\n  refresh\n  status",
	} {
		if diff := cmp.Diff(want, Fill("> ", words, "  ", width, 2)); diff != "" {
			t.Errorf("%d: (-want +got)\n%s", width, diff)
		}
	}
	if got := Fill("> ", nil, " ", 10, 2); got != "> " {
		t.Errorf("got %q", got)
	}
}

func TestTable(t *testing.T) {
	table := Table{
		Columns: []Column{
			{Head: "PROFILE", Least: 8}, {Head: "ACCOUNT", Drop: 3}, {Head: "EMPTY"}, {Head: "CALLS", Right: true}, {Head: "ROLE", Drop: 2}, {Head: "SOURCE", Drop: 1, Least: 16, End: true},
		},
		Rows: [][]string{
			{"dev", "111122223333", "", "3", "reader", "profile base with a long name"},
			{"production-in-europe", "", "", "12"},
			{"日本", "444455556666", "", "100000", "admin", "key"},
		},
	}
	for _, test := range []struct {
		name  string
		width int
		want  string
	}{
		{"as wide as it is", 0, `
PROFILE               ACCOUNT        CALLS  ROLE    SOURCE
dev                   111122223333       3  reader  profile base with a long name
production-in-europe                    12
日本                  444455556666  100000  admin   key
`},
		{"the one that can go is cut first", 70, `
PROFILE               ACCOUNT        CALLS  ROLE    SOURCE
dev                   111122223333       3  reader  profile base with…
production-in-europe                    12
日本                  444455556666  100000  admin   key
`},
		{"it goes when it would be too short", 60, `
PROFILE               ACCOUNT        CALLS  ROLE
dev                   111122223333       3  reader
production-in-europe                    12
日本                  444455556666  100000  admin
`},
		{"others go", 30, `
PROFILE                CALLS
dev                        3
production-in-europe      12
日本                  100000
`},
		{"names are cut", 20, `
PROFILE        CALLS
dev                3
produ…europe      12
日本          100000
`},
		{"no further than they may be", 5, `
PROFILE    CALLS
dev            3
pro…rope      12
日本      100000
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := "\n" + strings.Join(table.Lines(test.width), "\n") + "\n"
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTableWithoutHeads(t *testing.T) {
	table := Table{Columns: []Column{{}, {}}, Rows: [][]string{{"a", "b", "one too many"}, {"long"}, {}}}
	if diff := cmp.Diff([]string{"a     b", "long", ""}, table.Lines(0)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := (Table{Columns: []Column{{Head: "A"}, {Head: "B"}}}).Lines(10); len(got) != 1 || got[0] != "" {
		t.Errorf("without a row: %q", got)
	}
}

// On a pipe nothing is cut, and one very long text lengthens no other row.
func TestAVeryLongCell(t *testing.T) {
	long := strings.Repeat("n", 1000)
	table := Table{Columns: []Column{{Least: 8}, {}}, Rows: [][]string{{"a", "b"}, {long, "c"}}}
	if diff := cmp.Diff([]string{"a" + strings.Repeat(" ", 121) + "b", long + "  c"}, table.Lines(0)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if lines := table.Lines(40); Width(lines[1]) != 40 {
		t.Errorf("on a terminal: %q", lines)
	}
}

// Only the quoted part of an error is cut, because AWS's messages contain codes that a person
// copies.
func TestQuotes(t *testing.T) {
	long, code := strings.Repeat("n", 10_000), strings.Repeat("c", 4000)
	cut := strings.Repeat("n", 149) + "…" + strings.Repeat("n", 150)
	for text, want := range map[string]string{
		`profile "dev" not found`:                              `profile "dev" not found`,
		`profile "` + long + `" not found: "dev"`:              `profile "` + cut + `" not found: "dev"`,
		`a "` + long + `", b "` + long + `"`:                   `a "` + cut + `", b "` + cut + `"`,
		`message: ` + code:                                     `message: ` + code,
		`"dev": message: ` + code + ` "x"`:                     `"dev": message: ` + code + ` "x"`,
		`never closed "` + long:                                `never closed "` + cut,
		`an escape "\"` + long + `" ends`:                      `an escape "\"` + cut[2:len(cut)-150] + strings.Repeat("n", 150) + `" ends`,
		`at its end "` + strings.Repeat("n", 299) + "\\":       `at its end "` + strings.Repeat("n", 299) + "\\",
		strings.Repeat(`"`, 1001):                              strings.Repeat(`"`, 1001),
		`"` + strings.Repeat(`\"`, 200) + `" of ` + code[:100]: `"` + Cut(strings.Repeat(`\"`, 200), 300) + `" of ` + code[:100],
	} {
		if got := Quotes(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
