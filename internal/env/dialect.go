package env

import (
	"fmt"
	"strings"
)

// EndMark is the last line of what a hook evaluates. A text without it was cut short, and the
// hook ignores it.
const EndMark = ":vault:end:"

// Dialect writes a change in the language of one shell. Every method returns one line of
// printable ASCII. A value that the shell cannot hold is an error, never an approximation.
type Dialect interface {
	set(name, value string) (string, error) // sets and exports a variable
	unset(name string) string
	local(name, value string) (string, error) // sets a variable of the hook, not exported
	call(function, name string) string        // calls a function of the hook for a variable
	quote(value string) (string, error)       // quotes a value as one word
}

// Hooks returns the shells that have a hook.
func Hooks() []string {
	return []string{"bash", "zsh", "fish", "powershell", "nushell", "xonsh", "elvish"}
}

// HookDialect returns the dialect that the hook of a shell evaluates.
func HookDialect(shell string) (Dialect, error) {
	switch shell {
	case "bash", "zsh":
		return posix{hook: true}, nil
	case "fish":
		return fish{}, nil
	case "powershell":
		return powershell{hook: true}, nil
	case "nushell", "xonsh", "elvish":
		return document{shell}, nil
	case "cmd":
		return cmd{}, nil
	}
	return nil, fmt.Errorf("there is no hook for %q; there is one for %s", shell, strings.Join(Hooks(), ", "))
}

// Quote writes a value as one word of the shell.
func Quote(d Dialect, value string) (string, error) { return d.quote(value) }

// Local is a variable of the hook, which no program sees.
type Local struct{ Name, Value string }

// Script writes a change for a hook: one statement per line, then the hook's own variables,
// then EndMark. It returns all of it or an error.
func Script(d Dialect, c Change, locals []Local) (string, error) {
	if _, ok := d.(document); ok {
		return writeDocument(c, locals)
	}
	var b strings.Builder
	for _, op := range c {
		line, err := spell(d, op)
		if err != nil {
			return "", err
		}
		addLine(&b, line)
	}
	for _, l := range locals {
		line, err := d.local(l.Name, l.Value)
		if err != nil {
			return "", err
		}
		addLine(&b, line)
	}
	return Whole(b.String()), nil
}

// Whole adds EndMark to a script, on a line of its own, even if the script is empty: a hook
// cuts off the last line together with the line end before it.
func Whole(script string) string {
	return strings.TrimSuffix(script, "\n") + "\n" + EndMark + "\n"
}

// addLine adds a statement. A dialect may return an empty one.
func addLine(b *strings.Builder, line string) {
	if line != "" {
		b.WriteString(line + "\n")
	}
}

func spell(d Dialect, op Op) (string, error) {
	if !Managed(op.Name) && (!isLoaderName(op.Name) || op.Action != Set) {
		return "", fmt.Errorf("the variable %q is not one that vault may change", op.Name)
	}
	switch op.Action {
	case Set:
		line, err := d.set(op.Name, op.Value)
		if err != nil {
			return "", fmt.Errorf("%s: %w", op.Name, err)
		}
		return line, nil
	case Unset:
		return d.unset(op.Name), nil
	case Keep:
		return d.call("__vault_keep", op.Name), nil
	case Restore:
		return d.call("__vault_restore", op.Name), nil
	default:
		return d.call("__vault_drop", op.Name), nil
	}
}

// valueError says why a value cannot be written. It does not contain the value.
type valueError string

func (e valueError) Error() string { return string(e) }

const (
	errNUL   = valueError("the value has a NUL byte, which no environment variable can hold")
	errUTF8  = valueError("the value is not UTF-8, which this shell cannot hold")
	errBatch = valueError("the value has a character that cmd.exe would interpret")
	errLine  = valueError("the value has a quote or a control character, which readers of .env files read differently")
	errData  = valueError("the credential has a character that AWS does not use")
)

func printable(c byte) bool { return c >= ' ' && c <= '~' }

func allPrintable(s string) bool {
	for i := 0; i < len(s); i++ {
		if !printable(s[i]) {
			return false
		}
	}
	return true
}
