package startup

import "fmt"

// Command is what a person types to set up a shell, and to have the hook in this one: init,
// whose answer the shell evaluates. quoted is the program, as a word of that shell.
func Command(shell, quoted string) string {
	switch shell {
	case "fish":
		return quoted + " init fish | source"
	case "powershell":
		return "Invoke-Expression (& " + quoted + " init powershell | Out-String)"
	}
	return fmt.Sprintf(`eval "$(%s init %s)"`, quoted, shell)
}

// Init is the short form of [Command] for what is said next: where evaluating the answer
// takes a long line, only what changes the start-up file.
func Init(shell string) string {
	switch shell {
	case "fish", "bash", "zsh":
		return Command(shell, "vault")
	}
	return "vault init " + shell
}
