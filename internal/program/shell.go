package program

import (
	"path/filepath"
	"slices"
	"strings"

	"awsvault/internal/env"
)

// Shell returns the name of the shell that a program is, or "" if it is not a known shell.
func Shell(goos, program string) string {
	name := strings.TrimPrefix(filepath.Base(program), "-")
	if goos == "windows" {
		name = strings.ToLower(name[strings.LastIndexAny(name, `\/`)+1:])
		name = strings.TrimSuffix(name, ".exe")
	}
	switch name = Known(name); name {
	case "bash", "zsh", "fish", "powershell", "cmd", "nushell", "xonsh", "elvish":
		return name
	}
	return ""
}

// Known is the name of a shell by which vault knows it: people name its program too.
func Known(name string) string {
	switch name {
	case "pwsh":
		return "powershell"
	case "nu":
		return "nushell"
	}
	return name
}

// Calling guesses the shell that called, for a hint. It looks at the two names of the parent
// process, and then at SHELL. On Windows, SHELL comes from Cygwin, whatever the shell is.
// hooked reports whether a hook for the shell exists.
func Calling(goos, comm, parent, shell string, hooked func(shell string) bool) string {
	candidates := []string{comm, parent, shell}
	if goos == "windows" {
		candidates = []string{parent, "powershell"}
	}
	for _, c := range candidates {
		if name := Shell(goos, c); hooked(name) || name == "cmd" && goos == "windows" {
			return name
		}
	}
	return "bash"
}

// Subshell returns the shell that exec opens: the one at which the person types, if that is
// known, else SHELL.
func Subshell(goos, parent, shell, comspec string) string {
	switch {
	case goos == "windows" && Shell(goos, parent) != "", goos != "windows" && parent != "":
		return parent
	case goos == "windows" && comspec != "": // SHELL comes from Cygwin, with a path that Windows does not have
		return comspec
	case goos == "windows":
		return "cmd.exe"
	case shell != "":
		return shell
	}
	return "/bin/sh"
}

// Typed reports whether a person types at a shell that was started with these words: neither
// with a script nor with -c.
func Typed(program string, words []string) bool {
	switch filepath.Base(program) {
	case "bash", "zsh", "fish", "pwsh", "nu", "elvish":
	default:
		return false
	}
	for _, word := range words {
		if !strings.HasPrefix(word, "-") || !strings.HasPrefix(word, "--") && strings.Contains(word, "c") || strings.EqualFold(word, "--command") {
			return false
		}
	}
	return true
}

// Indicated adds the indicator for shells without a hook. Other shells show it if the hook is
// in their start-up file.
func Indicated(environ []string, vars env.Vars, shell, profile string) []string {
	if strings.Trim(profile, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./@+") != "" || vars["AWS_VAULT_INDICATOR"] == "off" {
		return environ // a prompt could interpret it
	}
	name, prompt := "PS1", "$ "
	switch strings.ToLower(strings.TrimSuffix(filepath.Base(shell), ".exe")) {
	case "bash", "zsh", "fish", "pwsh", "powershell", "nu", "xonsh", "elvish":
		return environ
	case "cmd":
		name, prompt = "PROMPT", "$P$G"
	}
	if v := vars[name]; v != "" {
		prompt = v
	}
	return append(Without(environ, []string{name}, true), name+"=("+profile+") "+prompt)
}

// Changed applies a change to an environment. It leaves all other entries unchanged, including
// odd ones. fold means that names ignore case.
func Changed(environ []string, change env.Change, fold bool) []string {
	environ = Without(environ, change.Names(), fold)
	for _, op := range change {
		if op.Action == env.Set {
			environ = append(environ, op.Name+"="+op.Value)
		}
	}
	return environ
}

// Without returns an environment without some names.
func Without(environ, names []string, fold bool) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.ContainsFunc(names, func(n string) bool { return n == name || fold && strings.EqualFold(n, name) })
	})
}
