package instant

import (
	"fmt"
	"os"
	"path/filepath"

	"awsvault/cmd/front"
	"awsvault/hooks"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/grammar"
	"awsvault/internal/program"
)

// Hook returns the output of `vault hook`: the hook, or on a terminal the line for the
// start-up file, because a user cannot do anything with the code. argv0 is the name the
// program was called with. state is the state directory.
func Hook(argv0, shell, state string, options hooks.Options, terminal bool) (string, error) {
	shell = program.Known(shell)
	quoted, err := QuotedBinary(argv0, shell)
	if err != nil {
		return "", err
	}
	options.Version, options.ValueFlags, options.Called = Version, grammar.ValueFlags(), options.Name
	options.Automounts = disk.Automounts()
	if path := CallScript(state); shell == "powershell" && isCallScript(path) {
		if d, err := env.HookDialect(shell); err == nil {
			options.Script, _ = env.Quote(d, path) // on an error, the hook uses a function instead
		}
	}
	text, err := hooks.Render(shell, quoted, options)
	if err != nil {
		return "", err
	}
	if terminal {
		return fmt.Sprintf("Add this line to %s, at the end:\n\n  %s\n\nThen open a new shell, or run the line in this one.\n",
			StartupFile(shell), Line(shell, quoted, options)), nil
	}
	return text, nil
}

// hook answers `vault hook`. It returns false if cmd has to answer: cmd reports errors, and
// writes the script that PowerShell needs.
func hook(argv0 string, words []string, terminal bool) (string, bool) {
	line := grammar.Read(words, os.Getenv)
	if line.Wrong || line.Help || line.Text("guard") != "" { // cmd checks the names of --guard
		return "", false
	}
	shell, state := program.Known(line.Args[0]), front.Process().StateDir()
	if shell == "powershell" && !isCallScript(CallScript(state)) {
		return "", false
	}
	options := hooks.Options{Name: line.Text("cmd"), NoAuto: line.Switch("no-auto"), NoIndicator: line.Switch("no-indicator")}
	text, err := Hook(argv0, shell, state, options, terminal)
	return text, err == nil
}

// CallScript returns the path of PowerShell's script: see [hooks.CallScript].
func CallScript(state string) string {
	if state == "" {
		return ""
	}
	return filepath.Join(state, "powershell", hooks.CallName)
}

// isCallScript reports whether the file exists and contains this version's script.
func isCallScript(path string) bool {
	text, err := disk.ReadFile(path, disk.Reading{Limit: int64(len(hooks.CallScript)) + 1})
	return err == nil && string(text) == hooks.CallScript
}
