package cmd

import "awsvault/internal/fault"

// PromptCmd is what a hook calls at a prompt when something is due, and only then.
// Whatever happens, its answer moves the deadline: an error must not cost a
// process at every prompt.
type PromptCmd struct{}

// Run answers the hook.
func (*PromptCmd) Run(a *App) error {
	if a.Shell == nil {
		return fault.NewUsage("prompt is for the hook", "vault hook --help")
	}
	return a.inShell().Prompt(a.ctx)
}
