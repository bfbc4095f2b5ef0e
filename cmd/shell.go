package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"awsvault/cmd/instant"
	"awsvault/hooks"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
)

// needHook is the error of `use`, `off` and `refresh` in a shell without the hook.
func (a *App) needHook(command string) error {
	shell := a.callingShell()
	quoted, err := instant.QuotedBinary(a.Argv0, shell)
	if err != nil {
		quoted = "vault"
	}
	return fault.NewUsage(
		fmt.Sprintf("this shell has no hook, so %q cannot change it", command),
		fmt.Sprintf("add to %s:  %s   or, in a script: vault export PROFILE --format=%s", instant.StartupFile(shell), instant.Line(shell, quoted, hooks.Options{Name: "vault"}), shell),
	)
}

// callingShell guesses the shell that called, for a hint: the parent process,
// else SHELL.
func (a *App) callingShell() string {
	var candidates []string
	if runtime.GOOS == "linux" {
		if comm, err := disk.ReadFile("/proc/"+strconv.Itoa(os.Getppid())+"/comm", disk.Reading{Limit: 64}); err == nil {
			candidates = append(candidates, strings.TrimSpace(string(comm)))
		}
	}
	if runtime.GOOS == "windows" {
		candidates = append(candidates, "powershell")
	}
	candidates = append(candidates, filepath.Base(a.Environ["SHELL"]))
	for _, c := range candidates {
		c = strings.TrimPrefix(strings.TrimSuffix(c, ".exe"), "-")
		if c == "pwsh" {
			c = "powershell"
		}
		if instant.StartupFile(c) != "" {
			return c
		}
	}
	return "bash"
}
