package cmd

import (
	"awsvault/cmd/instant"

	"awsvault/internal/fault"
)

// CompletionCmd prints a shell's completions.
type CompletionCmd struct {
	Shell string `arg:"" help:"bash, zsh, fish or powershell."`
}

// Run prints the completions.
func (c *CompletionCmd) Run(a *App) error {
	text, err := instant.CompletionScript(c.Shell, a.Called())
	if err != nil {
		return fault.NewUsage(err.Error(), "vault completion --help")
	}
	_, err = a.Stdout.WriteString(text)
	return err
}
