package misuse

import (
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/journal"
	"awsvault/internal/resolve"
)

// Prompts returns the names that --prompt takes. They are the drivers of internal/mfa, which a
// run without a code does not need.
func Prompts() []string {
	return []string{"terminal", "kdialog", "osascript", "pass", "wincredui", "ykman", "zenity"}
}

// Settings checks the settings of every command that are used late, or not at all in this run,
// so that vault reports a mistake at once.
//
// text returns a flag's value from the line or a variable, getenv the value of a variable.
func Settings(text, getenv func(name string) string) error {
	said := func(flag, variable string) string {
		if getenv(variable) == text(flag) {
			return variable
		}
		return "--" + flag
	}
	if name := text("prompt"); name != "" && !slices.Contains(Prompts(), name) {
		return fault.NewUsage(fmt.Sprintf("%s: MFA prompt %q is not one of %s", said("prompt", "AWS_VAULT_PROMPT"), name, strings.Join(Prompts(), ", ")), "--prompt=terminal asks you")
	}
	if timeout := text("op-timeout"); timeout != "" {
		if _, err := resolve.ParseDuration(timeout); err != nil {
			return fault.NewUsage(fmt.Sprintf("%s: %v", said("op-timeout", "AWS_VAULT_OP_TIMEOUT"), err), "a duration looks like 15s")
		}
	}
	if v := getenv(journal.Variable); v != "" && v != "on" && v != "off" {
		return fault.NewUsage(fmt.Sprintf("%s: %q is neither on nor off", journal.Variable, v), "unset it, or set "+journal.Variable+"=off to keep no log")
	}
	return nil
}
