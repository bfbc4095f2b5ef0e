package process

import (
	"errors"
	"path/filepath"
	"strings"
)

// isBatch tells whether cmd.exe runs the program, and not Windows itself.
func isBatch(path string) bool {
	extension := strings.ToLower(filepath.Ext(strings.TrimRight(path, ". ")))
	return extension == ".bat" || extension == ".cmd"
}

// errBatch says that an argument cannot be given to a batch file.
var errBatch = errors.New("an argument has a line break, which cmd.exe would read as the end of the command")

// batchLine is the command line by which cmd.exe runs a batch file with these arguments
// and takes nothing in them for its own. cmd.exe knows no quotes of programs: it reads
// &, |, <, >, ^ and parentheses outside of "...", where each " opens or closes, and %NAME%
// everywhere.
//
// So what is not harmless is quoted; a quote within is two, which leaves cmd.exe where it
// was and which programs read as one; and behind each % stands %cd:~,%, a variable of
// which nothing is taken, so that the first % begins no name. /e:on has that spelling,
// /v:off takes no ! for a variable, /d runs nothing of the registry first.
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

// harmless in a word that is not quoted.
const harmless = `abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:\+@#$`

func batchWord(arg string, always bool) string {
	if !always && arg != "" && strings.Trim(arg, harmless) == "" && !strings.HasSuffix(arg, `\`) {
		return arg
	}
	var b strings.Builder
	b.WriteByte('"')
	backslashes := 0 // before here: programs read two as one before a quote
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
