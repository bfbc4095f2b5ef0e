package vault

import (
	"fmt"
	"strings"
	"time"

	"awsvault/internal/dirprofile"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Guard holds what vault checks before a guarded program runs.
type Guard struct {
	Active    Active // the shell's
	Protected bool
	Dir       Directory
	// Shown writes a path for people.
	Shown func(path string) string
}

// Why returns the reason to ask the person first; empty: the program may run. least is how
// long the credentials must last.
func (g Guard) Why(now time.Time, least time.Duration) string {
	s, f := g.Active.State, g.Dir.File
	name := line.Printable(s.Profile)
	origin := string(s.About.Origin)
	trusted := g.Dir.Found != "" && g.Dir.Decision == dirprofile.Allowed && g.Dir.Refusal == nil
	switch {
	case s.Active() && g.Protected:
		return name + " is protected"
	case trusted && !s.Active():
		return fmt.Sprintf("this directory is for %s, and no profile is active", line.Printable(f.Profile))
	case trusted && f.Profile != s.Profile:
		return fmt.Sprintf("this directory is for %s, and %s is active", line.Printable(f.Profile), name)
	case trusted && f.Account != "" && s.About.Account != "" && f.Account != s.About.Account:
		return fmt.Sprintf("this directory is for account %s, and %s is in %s", f.Account, name, s.About.Account)
	case origin != "" && origin != g.Dir.Found:
		return fmt.Sprintf("%s belongs to %s, and you are not in that directory", name, g.Shown(origin))
	}
	if end := g.Active.Expires; s.Active() && !end.IsZero() && end.Sub(now) < least {
		return fmt.Sprintf("%s ends in less than %dm", name, int((least+time.Minute-1)/time.Minute))
	}
	return ""
}

// Guardable refuses names that cannot be a function in every shell. It also refuses vault's
// own name: its shell function changes the shell, also for `off`, and must not ask first.
func Guardable(vault string, names ...string) error {
	for _, name := range names {
		if name == vault {
			return fault.NewUsage(name+" is what asks, so it cannot be guarded", "name a program, such as terraform")
		}
		if err := guardable(name); err != nil {
			return err
		}
	}
	return nil
}

func guardable(name string) error {
	sound := name != "" && len(name) <= 64 && !strings.HasPrefix(name, "__vault")
	for i, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		sound = sound && (letter || i > 0 && (c >= '0' && c <= '9' || c == '-' || c == '.' || c == '+'))
	}
	if !sound {
		return fault.NewUsage(fmt.Sprintf("%q cannot be guarded", line.Printable(name)), "a guard has the plain name of a program, such as terraform")
	}
	switch name {
	case "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "function", "select", "time", "in", "begin", "end", "switch",
		"foreach", "repeat", "coproc", "not", "and", "or", "nocorrect", "noglob",
		"alias", "builtin", "cd", "command", "declare", "echo", "eval", "exec", "exit", "export", "functions", "local", "print", "printf", "read", "return", "set",
		"setopt", "shift", "source", "status", "string", "test", "trap", "type", "typeset", "unset", "math", "param", "process", "throw", "try", "catch":
		return fault.NewUsage(name+" is a shell keyword, which vault cannot guard", "name a program, such as terraform")
	}
	return nil
}
