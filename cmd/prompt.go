package cmd

import "awsvault/internal/fault"

// PromptCmd answers a hook at a prompt. The hook calls it only when something is due. An
// answer always moves the deadline: after an error, not every prompt must start a process.
type PromptCmd struct{}

// Run prints the answer for the hook.
func (*PromptCmd) Run(a *App) error {
	if a.Shell == nil {
		return fault.NewUsage("prompt is for the hook", "vault hook --help")
	}
	return a.inShell().Prompt(a.ctx)
}
