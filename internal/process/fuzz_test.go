package process

import (
	"slices"
	"strings"
	"testing"
)

// The words of a split line can be quoted and joined, and then give the same words again.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"", `/opt/x --a "b c" 'd"e' f\ g ""`, `a "b\$c" "\\" \`, `C:\x\y.exe "a b" \\"c\" d`, "a\x00b\n", `"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if words, err := Split(line); err == nil {
			quoted := make([]string, len(words))
			for i, w := range words {
				quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
			}
			if again, err := Split(strings.Join(quoted, "\t")); err != nil || !slices.Equal(words, again) {
				t.Errorf("Split(%q) = %q, and again %q, %v", line, words, again, err)
			}
		}
		if words, err := SplitWindows(line); err == nil {
			quoted := make([]string, len(words))
			for i, w := range words {
				quoted[i] = windowsQuoted(w)
			}
			if again, err := SplitWindows(strings.Join(quoted, " ")); err != nil || !slices.Equal(words, again) {
				t.Errorf("SplitWindows(%q) = %q, and again %q, %v", line, words, again, err)
			}
		}
	})
}

// windowsQuoted quotes by the rules that SplitWindows reads.
func windowsQuoted(word string) string {
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for i := range len(word) {
		switch word[i] {
		case '\\':
			slashes++
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes+1))
			slashes = 0
		default:
			slashes = 0
		}
		b.WriteByte(word[i])
	}
	b.WriteString(strings.Repeat(`\`, slashes))
	b.WriteByte('"')
	return b.String()
}
