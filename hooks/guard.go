package hooks

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Guards are those of a shell that can guard programs: bash, zsh, fish or powershell. In the
// others no word can be put in front of a program's name.
type Guards string

// GuardsOf returns them.
func GuardsOf(shell string) (Guards, error) {
	switch shell {
	case "bash", "zsh", "fish", "powershell":
		return Guards(shell), nil
	}
	return "", fmt.Errorf("programs are guarded in bash, zsh, fish and PowerShell only")
}

// Change is what a person wants of guards. Without names it lists them, or takes all away.
type Change struct {
	Off     bool
	Least   time.Duration // how long the credentials have to last
	Scripts string        // how the paths of PowerShell's scripts begin, quoted
	Names   []string      // which the caller has checked
}

// Script is the statement for a change, and what to tell the person then; nothing, where
// the statement prints the answer.
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

// on is the statement that puts guards in front of programs.
func (s Guards) on(c Change) string {
	seconds := int64(math.Ceil(c.Least.Seconds()))
	if s == "powershell" {
		return fmt.Sprintf("__vault_guard_on %d %s %s", seconds, c.Scripts, s.list(c.Names))
	}
	return fmt.Sprintf("__vault_guard_on %d %s", seconds, s.list(c.Names))
}

// off is the statement that takes them away: all, if none is named.
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
