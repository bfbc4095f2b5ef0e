// Package misuse explains a command line that the parser refuses: what is wrong, and what
// the user probably meant, such as the nearest name, or our name for another tool's
// command.
//
// It does not know the parser: callers pass in its message, and the part of the line that
// could be read.
package misuse

import (
	"cmp"
	"fmt"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/grammar"
	"awsvault/internal/near"
)

// Error rewrites an error of the parser: the text says what is wrong, and the hint names the
// nearest name or a page to read. cause is the error of a value, which may have a hint.
func Error(said string, cause error, line *grammar.Line) error {
	command, hint := "", "vault --help"
	if line.Command != nil {
		command, hint = line.Command.Name, "vault "+line.Command.Name+" --help"
	}
	text, close, found := strings.Cut(said, ", did you mean ")
	name, isFlag := strings.CutPrefix(text, "unknown flag ")
	switch word, isWord := strings.CutPrefix(text, "unexpected argument "); {
	case isFlag:
		if m, ok := meaningOf(command, name); ok {
			return fault.NewUsage(cmp.Or(m.text, text), m.hint)
		}
	case isWord && command == "":
		return noCommand(word)
	case isWord && len(grammar.Children(command)) > 0:
		text, close = fmt.Sprintf("there is no command %q", command+" "+word), inGroup(command, close)
	case isWord:
		text = fmt.Sprintf("unexpected argument %q", word)
	}
	if found && !(isFlag && len(name) == 2) { // every letter resembles every other
		hint = "did you mean " + close
	}
	if h := fault.HintOf(cause); h != "" {
		hint = h
	}
	return fault.NewUsage(reworded(text, command), hint)
}

// inGroup writes the command's name before each quoted name: what a hint names can be typed.
func inGroup(command, names string) string {
	parts := strings.Split(names, `"`)
	for i := 1; i < len(parts); i += 2 {
		parts[i] = command + " " + parts[i]
	}
	return strings.Join(parts, `"`)
}

// reworded is what kong says, in our words.
func reworded(text, command string) string {
	if name, ok := strings.CutPrefix(text, `expected "<`); ok && command != "" {
		return command + " needs a " + strings.TrimRight(name, `">`)
	}
	if said, from, ok := strings.Cut(text, " (from envar "); ok { // the flag in the message is not the source
		_, said, _ = strings.Cut(said, ": ")
		variable, _, _ := strings.Cut(from, "=")
		return variable + ": " + said
	}
	if flag, _, ok := strings.Cut(text, " value but got "); ok {
		flag, _, _ = strings.Cut(flag, ":")
		if _, value, ok := strings.Cut(text, ` but got "-`); ok && value != "" && value[0] >= '0' && value[0] <= '9' {
			value, _, _ = strings.Cut(value, `"`)
			return fmt.Sprintf("%s is %q: it cannot be negative", flag, "-"+value)
		}
		return flag + " needs a value"
	}
	return text
}

// noCommand returns the error for a word that names no command.
func noCommand(word string) error {
	text := fmt.Sprintf("there is no command %q", word)
	if m, ok := meaningOf("", word); ok {
		return fault.NewUsage(cmp.Or(m.text, text), m.hint)
	}
	var names []string
	for _, c := range grammar.Children("") {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	hint := near.Hint(near.Names(word, names))
	if hint == "" {
		hint = nearMeaning(word)
	}
	return fault.NewUsage(text, cmp.Or(hint, "vault --help"))
}
