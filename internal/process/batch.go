package process

import (
	"errors"
	"path/filepath"
	"strings"
)

// isBatch reports whether cmd.exe runs the program, instead of Windows itself.
func isBatch(path string) bool {
	extension := strings.ToLower(filepath.Ext(strings.TrimRight(path, ". ")))
	return extension == ".bat" || extension == ".cmd"
}

// errBatch means that an argument cannot be passed to a batch file.
var errBatch = errors.New("an argument has a line break, which cmd.exe would read as the end of the command")

// batchLine returns the command line with which cmd.exe runs a batch file, so that cmd.exe
// interprets nothing in the arguments. cmd.exe does not know the quotes of programs: it
// interprets &, |, <, >, ^ and parentheses outside of "...", in which each " opens or closes,
// and %NAME% everywhere.
//
// So every argument that is not harmless is quoted. A quote inside is doubled: for cmd.exe
// that changes nothing, and programs read it as one. %cd:~,% follows each %. It is a variable
// of which nothing is taken, so the first % begins no name. /e:on allows that form, /v:off
// does not take ! for a variable, and /d runs nothing from the registry first.
func batchLine(system, script string, args []string) (string, error) {
	var b strings.Builder
	b.WriteString(`"` + system + `\cmd.exe" /d /e:on /v:off /s /c "`)
	for i, arg := range append([]string{script}, args...) {
		if strings.ContainsAny(arg, "\r\n\x00") {
			return "", errBatch
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(batchWord(arg, i == 0))
	}
	b.WriteByte('"')
	return b.String(), nil
}

// harmless characters need no quotes.
const harmless = `abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:\+@#$`

func batchWord(arg string, always bool) string {
	if !always && arg != "" && strings.Trim(arg, harmless) == "" && !strings.HasSuffix(arg, `\`) {
		return arg
	}
	var b strings.Builder
	b.WriteByte('"')
	backslashes := 0 // just before this point: programs read two as one before a quote
	for i := range len(arg) {
		switch c := arg[i]; c {
		case '\\':
			backslashes++
			b.WriteByte(c)
			continue
		case '"':
			b.WriteString(strings.Repeat(`\`, backslashes) + `""`)
		case '%':
			b.WriteString("%%cd:~,%")
		default:
			b.WriteByte(c)
		}
		backslashes = 0
	}
	b.WriteString(strings.Repeat(`\`, backslashes) + `"`)
	return b.String()
}
