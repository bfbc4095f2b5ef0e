package cmd

import (
	"awsvault/cmd/instant"

	"awsvault/internal/fault"
)

// CompletionCmd prints completions.
type CompletionCmd struct {
	Shell string `arg:"" help:"bash, zsh, fish or powershell."`
}

// Help is the second part of `vault completion --help`.
func (CompletionCmd) Help() string {
	return `For a shell without the hook, and for packages; the hook has them itself.

  vault completion bash > ~/.local/share/bash-completion/completions/vault
  vault completion zsh > ~/.zfunc/_vault
  vault completion fish > ~/.config/fish/completions/vault.fish`
}

// Run prints them.
func (c *CompletionCmd) Run(a *App) error {
	text, err := instant.CompletionScript(c.Shell, a.Called())
	if err != nil {
		return fault.NewUsage(err.Error(), "vault completion --help")
	}
	_, err = a.Stdout.WriteString(text)
	return err
}
