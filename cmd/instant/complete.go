package instant

import (
	"runtime/debug"
	"strconv"
	"strings"

	"awsvault/hooks"
	"awsvault/internal/grammar"
	"awsvault/internal/program"
)

// Complete answers a TAB: `vault __complete SHELL WORDS...`. WORDS are the words between
// the command's name and the cursor; the last one may be empty. Each line of the answer is
// a candidate and, after a tab, a description. A line that begins with a colon tells the
// shell to complete by itself:
//
//	:files
//	:command N    a new command line begins at word N, counted from 0
//
// It reads only the AWS files, and writes nothing.
func Complete(shell string, words []string, getenv func(string) string) string {
	// The process ends too soon for a garbage collection to pay off. 10,000 profiles would
	// cause one.
	debug.SetGCPercent(-1)
	if len(words) == 0 {
		words = []string{""}
	}
	before, current := words[:len(words)-1], words[len(words)-1]
	if shell == "bash" { // bash passes the words as typed, with quotes
		for i, w := range before {
			before[i], _ = unquote(w)
		}
	}
	if shell == "powershell" { // PowerShell drops an empty word, so the word begins with =
		current = strings.TrimPrefix(current, "=")
	}
	opened := byte(0)
	if shell == "bash" || shell == "fish" || shell == "powershell" || shell == "nushell" {
		current, opened = unquote(current)
	}
	known := &profiles{getenv: getenv}
	found, directive := candidates(before, current, fitting(shell), known.look)
	if directive != "" {
		return directive + "\n"
	}
	return spell(shell, found, current, opened, known.about)
}

// candidate is a possible value of the word at the cursor.
type candidate struct {
	value, help string
	profile     string // the profile whose description is shown
}

// match reports whether a candidate fits the typed text.
type match func(value, typed string) bool

// fitting returns how a shell matches. zsh and fish match by the user's settings, so they
// get more candidates.
func fitting(shell string) match {
	if shell != "zsh" && shell != "fish" {
		return strings.HasPrefix
	}
	return func(value, typed string) bool {
		return strings.HasPrefix(value, typed) || strings.Contains(strings.ToLower(value), strings.ToLower(typed))
	}
}

// lookup lists the profiles whose names fit. There may be thousands.
type lookup func(fits func(name string) bool) []candidate

// candidates returns what may stand at the cursor, after the words before it.
func candidates(before []string, current string, fits match, look lookup) (found []candidate, directive string) {
	line := grammar.Read(before, nil)
	switch {
	case line.RunAt >= 0:
		return nil, commandFrom(line.RunAt)
	case line.Command == nil && line.WordAt >= 0 && line.Word == "help":
		return helpWords(len(before) - line.WordAt - 1), ""
	case line.WordAt >= 0:
		return nil, ""
	case line.Pending != nil:
		return values(line.Pending.Value, "", current, fits, look)
	case strings.HasPrefix(current, "-") && !line.OnlyArgs:
		return flags(line, current, fits, look)
	}
	group := ""
	if line.Command != nil {
		group = line.Command.Name
	}
	if line.Command == nil || len(grammar.Children(group)) > 0 {
		return commands(group), ""
	}
	return arguments(line, len(before), current, fits, look)
}

// commands returns the commands of a group. The group "" is the top level.
func commands(group string) (found []candidate) {
	for _, c := range grammar.Children(group) {
		if !c.Hidden {
			_, last := grammar.Split(c.Name)
			found = append(found, candidate{value: last, help: c.Help})
		}
	}
	if group == "" {
		found = append(found, candidate{value: "help", help: "Show help."})
	}
	return found
}

// flags returns the flags that the line does not have yet, or the values of one flag, as
// for --region=eu.
func flags(line *grammar.Line, current string, fits match, look lookup) (found []candidate, directive string) {
	name, _, joined := strings.Cut(current, "=")
	for _, f := range line.Flags() {
		switch {
		case joined && "--"+f.Name == name:
			return values(f.Value, name+"=", current, fits, look)
		case joined || f.Hidden || line.Given(f.Name) && !f.Many:
		case f.Negatable && f.Default == "true":
			found = append(found, candidate{value: "--no-" + f.Name, help: "Not: " + f.Help})
		default:
			found = append(found, candidate{value: "--" + f.Name, help: f.Help})
		}
	}
	if joined {
		return nil, ""
	}
	return append(found, candidate{value: "--help", help: "Show help."}), ""
}

// arguments returns the possible values of the argument at the cursor, which is word at.
func arguments(line *grammar.Line, at int, current string, fits match, look lookup) (found []candidate, directive string) {
	args := line.Command.Args
	n := len(line.Args)
	if last := len(args) - 1; last >= 0 && n > last && args[last].Many {
		n = last
	}
	switch {
	case n >= len(args):
		return nil, ""
	case args[n].Runs:
		return nil, commandFrom(at)
	case line.Command.Name == "init" && line.Given("credential-process"):
		return values("profile", "", current, fits, look)
	}
	return values(args[n].Name, "", current, fits, look)
}

// helpWords returns what may follow "help", which takes one word.
func helpWords(already int) (found []candidate) {
	if already > 0 {
		return nil
	}
	for _, c := range commands("") {
		if c.value != "help" {
			found = append(found, c)
		}
	}
	for _, topic := range []string{"config", "environment", "exit-codes"} {
		found = append(found, candidate{value: topic})
	}
	return found
}

// commandFrom tells the shell that a new command line begins at word at.
func commandFrom(at int) string { return ":command " + strconv.Itoa(at) }

// CompletionScript returns the output of `vault completion`: completions for a shell
// without the hook. The hook contains them already. called is the user's name for vault.
func CompletionScript(shell, called string) (string, error) {
	return hooks.Completion(program.Known(shell), called)
}
