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

// On is the statement that puts guards in front of programs, whose names the caller has
// checked. scripts is how the paths of PowerShell's scripts begin, quoted.
func (s Guards) On(least time.Duration, scripts string, names []string) string {
	seconds := int64(math.Ceil(least.Seconds()))
	if s == "powershell" {
		return fmt.Sprintf("__vault_guard_on %d %s %s", seconds, scripts, s.list(names))
	}
	return fmt.Sprintf("__vault_guard_on %d %s", seconds, s.list(names))
}

// Off is the statement that takes them away: all, if none is named.
func (s Guards) Off(names []string) string {
	return strings.TrimSpace("__vault_guard_off " + s.list(names))
}

// List is the statement that prints their names.
func (Guards) List() string { return "__vault_guard_list" }

func (s Guards) list(names []string) string {
	if len(names) == 0 {
		return ""
	}
	if s == "powershell" {
		return "@('" + strings.Join(names, "', '") + "')"
	}
	return strings.Join(names, " ")
}
