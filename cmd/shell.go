package cmd

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"awsvault/cmd/instant"
	"awsvault/hooks"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/process"
	"awsvault/internal/program"
	"awsvault/internal/startup"
)

// needHook returns the error for a command that changes the shell, if the hook is missing.
func (a *App) needHook(command string) error {
	shell := a.callingShell()
	if shell == "cmd" {
		return startup.NeedCmd(command)
	}
	quoted, err := instant.QuotedBinary(a.Argv0, shell)
	if err != nil {
		quoted = "vault"
	}
	return fault.NewUsage(
		fmt.Sprintf("this shell has no hook, so %q cannot change it", command),
		fmt.Sprintf("add to %s:  %s   or, in a script: vault export PROFILE --format=%s", instant.StartupFile(shell), instant.Line(shell, quoted, hooks.Options{Name: "vault"}), shell)+startup.Direct(shell),
	)
}

// callingShell guesses the calling shell, for hints, from the parent process or SHELL.
func (a *App) callingShell() string {
	comm := ""
	if runtime.GOOS == "linux" { // for a shell written in Python, this file has the shell's name
		text, _ := disk.ReadFile("/proc/"+strconv.Itoa(os.Getppid())+"/comm", disk.Reading{Limit: 64})
		comm = strings.TrimSpace(string(text))
	}
	return program.Calling(runtime.GOOS, comm, process.Parent(), a.Environ["SHELL"], func(shell string) bool { return instant.StartupFile(shell) != "" })
}
