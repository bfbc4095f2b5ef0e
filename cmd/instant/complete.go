package instant

import (
	"runtime/debug"
	"strings"

	"awsvault/hooks"
	"awsvault/internal/env"
	"awsvault/internal/services"
)

// Complete answers a TAB: `vault __complete SHELL WORDS...`, where WORDS is what
// stands on the line after the command's own name, up to the cursor; the last may
// be empty. Each line of the answer is a candidate and, after a tab, a description.
// A line that begins with a colon says that the shell itself has to complete:
//
//	:files
//	:command N    what begins with the Nth word, from 0, is a line of its own
//
// It reads the AWS files and nothing else, and writes nothing.
func Complete(shell string, words []string, getenv func(string) string) string {
	// The process ends before a collection of garbage, which 10,000 profiles cause,
	// could pay.
	debug.SetGCPercent(-1)
	if len(words) == 0 {
		words = []string{""}
	}
	before, current := words[:len(words)-1], words[len(words)-1]
	if shell == "bash" { // its words are as they were typed
		for i, w := range before {
			before[i], _ = unquote(w)
		}
	}
	if shell == "powershell" { // which drops an empty word
		current = strings.TrimPrefix(current, "=")
	}
	opened := byte(0)
	if shell == "bash" || shell == "fish" || shell == "powershell" {
		current, opened = unquote(current)
	}
	look := func(fits func(name string) bool) []candidate { return profiles(getenv, fits) }
	found, directive := candidates(before, current, fitting(shell), look)
	if directive != "" {
		return directive + "\n"
	}
	return spell(shell, found, current, opened)
}

// candidate is what the word may be.
type candidate struct {
	value, help string
	section     string // of a profile, in which its description is found
}

// match tells whether a candidate fits what is typed.
type match func(value, typed string) bool

// fitting is how a shell matches: zsh and fish as the person has set it.
func fitting(shell string) match {
	if shell != "zsh" && shell != "fish" {
		return strings.HasPrefix
	}
	return func(value, typed string) bool {
		return strings.HasPrefix(value, typed) || strings.Contains(strings.ToLower(value), strings.ToLower(typed))
	}
}

// lookup lists the profiles whose names fit. There may be very many.
type lookup func(fits func(name string) bool) []candidate

// candidates decides what may stand at the cursor.
func candidates(before []string, current string, fits match, look lookup) (found []candidate, directive string) {
	all := grammar()
	at, positionals, isCommand := all[0], 0, false
	flags := all[0].flags
	given := map[string]bool{}
	value := "" // that the word at the cursor is the value of
	only := false
	for i := 0; i < len(before); i++ {
		word := before[i]
		switch {
		case word == "--" && !only:
			only = true
			if at.name == "exec" {
				return nil, commandFrom(i + 1)
			}
		case strings.HasPrefix(word, "-") && word != "-" && !only:
			f, takes := findFlag(flags, word)
			given[f.name] = true
			if !takes {
				continue
			}
			if i++; i == len(before) {
				value = f.value
			}
		case !isCommand:
			next, ok := findCommand(all, at.name, word)
			switch {
			case word == "help" && at.name == "":
				return helpWords(all, before[i+1:]), ""
			case !ok && at.name == "":
				return nil, ""
			case ok:
				at = next
				flags = append(flags[:len(flags):len(flags)], at.flags...)
				isCommand = !hasChildren(all, at.name)
			}
		default:
			positionals++
			if at.name == "exec" && positionals == 2 {
				return nil, commandFrom(i)
			}
		}
	}
	dashed := strings.HasPrefix(current, "-") && !only
	name, _, joined := strings.Cut(current, "=")
	switch {
	case value != "":
		return values(value, "", current, fits, look)
	case dashed && joined:
		f, _ := findFlag(flags, name)
		return values(f.value, name+"=", current, fits, look)
	case dashed:
		for _, f := range flags {
			if !given[f.name] {
				found = append(found, candidate{value: "--" + f.name, help: f.help})
			}
		}
		return append(found, candidate{value: "--help", help: "Show help."}), ""
	case !isCommand:
		for _, c := range all[1:] {
			parent, last := "", c.name
			if i := strings.LastIndexByte(c.name, ' '); i >= 0 {
				parent, last = c.name[:i], c.name[i+1:]
			}
			if parent == at.name {
				found = append(found, candidate{value: last, help: c.help})
			}
		}
		if at.name == "" {
			found = append(found, candidate{value: "help", help: "Show help."})
		}
		return found, ""
	}
	if len(at.args) == 0 {
		return nil, ""
	}
	last := at.args[len(at.args)-1]
	switch {
	case positionals < len(at.args):
		last = at.args[positionals]
	case !strings.HasSuffix(last, "..."):
		return nil, ""
	}
	if at.name == "exec" && positionals == 1 {
		return nil, commandFrom(len(before))
	}
	if at.name == "init" && given["credential-process"] {
		last = "profile"
	}
	return values(strings.TrimSuffix(last, "..."), "", current, fits, look)
}

func commandFrom(i int) string {
	const digits = "0123456789"
	if i >= 10 {
		return commandFrom(i/10) + digits[i%10:i%10+1]
	}
	return ":command " + digits[i:i+1]
}

func findCommand(all []command, parent, word string) (command, bool) {
	if parent != "" {
		word = parent + " " + word
	}
	switch word {
	case "ls":
		word = "list"
	case "rm":
		word = "remove"
	}
	for _, c := range all[1:] {
		if c.name == word {
			return c, true
		}
	}
	return command{}, false
}

func hasChildren(all []command, name string) bool {
	for _, c := range all {
		if strings.HasPrefix(c.name, name+" ") {
			return true
		}
	}
	return false
}

// findFlag is the flag of a word, and whether the next word is its value. Of short
// ones in one word the last counts.
func findFlag(flags []flag, word string) (found flag, takes bool) {
	if name, ok := strings.CutPrefix(word, "--"); ok {
		name, _, joined := strings.Cut(name, "=")
		for _, f := range flags {
			if f.name == name {
				return f, f.value != "" && !joined
			}
		}
		return flag{name: name}, false
	}
	for i := 1; i < len(word); i++ {
		for _, f := range flags {
			if f.short == word[i:i+1] {
				if found = f; f.value != "" {
					return f, i == len(word)-1
				}
			}
		}
	}
	return found, false
}

func helpWords(all []command, before []string) (found []candidate) {
	if len(before) > 0 {
		return nil
	}
	for _, c := range all[1:] {
		if !strings.Contains(c.name, " ") {
			found = append(found, candidate{value: c.name, help: c.help})
		}
	}
	for _, topic := range []string{"config", "environment", "exit-codes"} {
		found = append(found, candidate{value: topic})
	}
	return found
}

// values are what an argument or a flag of that name may be.
func values(name, prefix, current string, fits match, look lookup) (found []candidate, directive string) {
	var list []string
	switch strings.ToLower(name) {
	case "profile":
		found = look(func(name string) bool { return fits(prefix+name, current) })
		for i := 0; prefix != "" && i < len(found); i++ {
			found[i].value = prefix + found[i].value
		}
		return found, ""
	case "shell":
		list = env.Hooks()
	case "region":
		list = regions[:]
	case "format":
		list = env.Formats()
	case "backend":
		list = Backends[:]
	case "service":
		for _, s := range services.All() {
			for _, n := range s.Names {
				found = append(found, candidate{value: prefix + n, help: s.Title})
			}
		}
	case "browser":
		list = Browsers[:]
	case "path", "dir", "file", "program":
		return nil, ":files"
	case "duration":
		list = []string{"15m", "1h", "4h", "8h", "12h"}
	case "name": // --backend=NAME
		list = Backends[:]
	}
	for _, v := range list {
		found = append(found, candidate{value: prefix + v})
	}
	return found, ""
}

// maxDescribed is how many candidates a person may want to read descriptions of.
const maxDescribed = 200

// spell writes the candidates that fit, as the shell inserts them.
func spell(shell string, found []candidate, current string, opened byte) string {
	fits := fitting(shell)
	fit := found[:0]
	for _, c := range found {
		if fits(c.value, current) && printable(c.value) == c.value {
			fit = append(fit, c)
		}
	}
	// A flag's value is quoted after the =, so that the shell still sees the flag.
	var b strings.Builder
	b.Grow(32 * len(fit))
	for _, c := range fit {
		if shell == "bash" {
			b.WriteString(quote(c.value, opened) + "\n")
			continue
		}
		b.WriteString(c.value)
		if len(fit) <= maxDescribed {
			if c.section != "" {
				c.help = about(c.section)
			}
			if c.help != "" {
				b.WriteString("\t" + printable(c.help))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// printable replaces what a terminal might take for an order.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}

// unquote takes the quotes and backslashes of a word away. The last quote may be
// open still: which one says opened.
func unquote(word string) (text string, opened byte) {
	if !strings.ContainsAny(word, `'"\`) {
		return word, 0
	}
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		c := word[i]
		switch {
		case opened == 0 && (c == '\'' || c == '"'):
			opened = c
		case c == opened && c != 0:
			opened = 0
		case c == '\\' && opened != '\'' && i+1 < len(word):
			i++
			b.WriteByte(word[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), opened
}

// quote spells a word for bash, where the person may have opened a quote.
func quote(word string, opened byte) string {
	if opened == '\'' {
		return strings.ReplaceAll(word, "'", `'\''`)
	}
	special := " \t!\"$&'()*;<>?[\\]^`{|}~#"
	if opened == '"' {
		special = "\"$\\`"
	}
	if !strings.ContainsAny(word, special) {
		return word
	}
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		if strings.IndexByte(special, word[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(word[i])
	}
	return b.String()
}

// CompletionScript is what `vault completion` prints: completions for a shell
// without the hook, which has them itself.
func CompletionScript(shell string) (string, error) {
	if shell == "pwsh" {
		shell = "powershell"
	}
	return hooks.Completion(shell, "vault")
}

// Backends are the keystores, as internal/store names them.
var Backends = [...]string{"wincred", "winhello", "keychain", "secret-service", "kwallet", "keyctl", "pass", "passage", "file", "op-connect", "op", "op-desktop"}

// Browsers are those that can be named, as internal/browser has them.
var Browsers = [...]string{"firefox", "firefox-developer", "firefox-nightly", "librewolf", "waterfox", "zen", "chrome", "chromium", "edge", "brave", "vivaldi", "opera", "safari"}

// regions are those of AWS: docs.aws.amazon.com/global-infrastructure/latest/regions.
var regions = [...]string{
	"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
	"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
	"ca-central-1", "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1",
	"eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "eusc-de-east-1", "il-central-1", "me-central-1", "me-south-1",
	"mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
}
