package startup

import (
	"regexp"
	"strings"
	"sync"
)

// Lines returns the numbers of the lines in a start-up file that load the hook of a shell. The
// first line is 1.
func Lines(shell, text string) (numbers []int) {
	loads := loading(shell)
	for i, line := range strings.Split(text, "\n") {
		if loads(line) {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}

// loading returns a function that reports whether a line loads the hook of a shell.
func loading(shell string) func(line string) bool {
	form := regexp.MustCompile(`(^|[^A-Za-z0-9_-])vault(\.exe)?['"]?[),]? +['"]?hook['"]?,? +['"]?` + regexp.QuoteMeta(shell) + `\b`)
	return func(line string) bool {
		line = strings.TrimSpace(line)
		return !strings.HasPrefix(line, "#") && form.MatchString(line)
	}
}

// onlyLoading returns a function that reports whether a line only loads the hook, in the
// spelling of init.
func onlyLoading(shell string) func(line string) bool {
	const call = `[^;&|()]*vault(\.exe)?['"]? hook `
	form := `^eval "\$\(` + call + shell + `[ a-z_A-Z0-9-]*\)"$`
	switch shell {
	case "fish":
		form = `^` + call + `fish[ a-z_A-Z0-9-]*\| source$`
	case "nushell":
		form = `^mkdir \(\$nu[a-z. |-]*\); \^` + call + `nushell[ a-z_A-Z0-9-]*\| save --force \(\$nu[a-z. |-]*\)$`
	case "elvish":
		form = `^eval \(\(external [^;&|()]*vault(\.exe)?'\) hook elvish[ a-z_A-Z0-9-]*\| slurp\)$`
	case "xonsh":
		form = `^execx\(__import__\('subprocess'\)\.check_output\(\["[^;&|()]*vault(\.exe)?", 'hook', 'xonsh'[ ',a-z_A-Z0-9-]*\], text=True\)\)$`
	case "powershell":
		form = `^Invoke-Expression \(& ` + call + `powershell[ a-z_A-Z0-9-]*\| Out-String\)$`
	}
	only := regexp.MustCompile(form)
	return func(line string) bool { return only.MatchString(strings.TrimSpace(line)) }
}

// program finds the path of the program in a line that loads a hook.
var program = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`((?:/|[A-Za-z]:\\)[^'"]*vault(?:\.exe)?)['"]?[),]? +['"]?hook['"]?`)
})

// Program returns the path of the program that a line of a start-up file calls, or "" if the
// line has no path.
func Program(text string, number int) string {
	if m := program().FindStringSubmatch(strings.Split(text, "\n")[number-1]); m != nil {
		return m[1]
	}
	return ""
}

// Add appends a line to the text, with the line ends of the text.
func Add(text, line string) string {
	end := "\n"
	if strings.HasSuffix(text, "\r\n") {
		end = "\r\n"
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		line = end + line
	}
	return text + line + end
}

// Remove removes the lines that load the hook of a shell from the text, and returns their
// number. If one of the lines does more than that, Remove removes nothing, and more is the
// number of that line.
func Remove(shell, text string) (left string, removed, more int) {
	loads, only := loading(shell), onlyLoading(shell)
	var kept []string
	for i, line := range strings.Split(text, "\n") {
		switch {
		case !loads(line):
			kept = append(kept, line)
		case !only(line):
			return text, 0, i + 1
		default:
			removed++
		}
	}
	return strings.Join(kept, "\n"), removed, 0
}
