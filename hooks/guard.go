package hooks

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Guards makes the guards of a shell that can have them: bash, zsh, fish or powershell. The
// other shells cannot put anything in front of a program's name.
type Guards string

// GuardsOf returns the Guards of a shell.
func GuardsOf(shell string) (Guards, error) {
	switch shell {
	case "bash", "zsh", "fish", "powershell":
		return Guards(shell), nil
	}
	return "", fmt.Errorf("programs are guarded in bash, zsh, fish and PowerShell only")
}

// Change is a change of guards. Without names it lists the guards or, with Off, removes all.
type Change struct {
	Off     bool
	Least   time.Duration // how long the credentials have to last
	Scripts string        // how the paths of PowerShell's scripts begin, quoted
	Names   []string      // which the caller has checked
}

// Script returns the statement for a change, and the message for the user afterwards. The
// message is empty if the statement itself prints the answer.
func (s Guards) Script(c Change) (script, said string) {
	names := strings.Join(c.Names, ", ")
	switch {
	case c.Off && len(c.Names) == 0:
		return s.off(nil), "no program is guarded in this shell"
	case c.Off:
		return s.off(c.Names), names + "  no longer guarded"
	case len(c.Names) > 0:
		return s.on(c), names + "  guarded in this shell"
	}
	return "__vault_guard_list", ""
}

// on returns the statement that guards programs.
func (s Guards) on(c Change) string {
	seconds := int64(math.Ceil(c.Least.Seconds()))
	if s == "powershell" {
		return fmt.Sprintf("__vault_guard_on %d %s %s", seconds, c.Scripts, s.list(c.Names))
	}
	return fmt.Sprintf("__vault_guard_on %d %s", seconds, s.list(c.Names))
}

// off returns the statement that removes the guards from names, or all guards without names.
func (s Guards) off(names []string) string {
	return strings.TrimSpace("__vault_guard_off " + s.list(names))
}

func (s Guards) list(names []string) string {
	if len(names) == 0 {
		return ""
	}
	if s == "powershell" {
		return "@('" + strings.Join(names, "', '") + "')"
	}
	return strings.Join(names, " ")
}
