package cmd

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/hooks"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/process"
)

// needHook is the error of `use`, `off` and `refresh` in a shell without the hook.
func (a *App) needHook(command string) error {
	shell := a.callingShell()
	if shell == "cmd" {
		return needCmd(command)
	}
	quoted, err := instant.QuotedBinary(a.Argv0, shell)
	if err != nil {
		quoted = "vault"
	}
	return fault.NewUsage(
		fmt.Sprintf("this shell has no hook, so %q cannot change it", command),
		fmt.Sprintf("add to %s:  %s   or, in a script: vault export PROFILE --format=%s", instant.StartupFile(shell), instant.Line(shell, quoted, hooks.Options{Name: "vault"}), shell),
	)
}

// needCmd is needHook in cmd.exe, which has no functions: what a line of it can do. In a
// batch file a % is two.
func needCmd(command string) error {
	recipe := map[string]string{
		"off":     `for /f "delims=" %i in ('vault __cmd off') do @%i`,
		"refresh": `for /f "delims=" %i in ('vault __cmd refresh') do @%i`,
	}[command]
	if recipe == "" {
		recipe = `for /f "delims=" %i in ('vault export PROFILE --format=cmd') do @%i`
	}
	return fault.NewUsage(fmt.Sprintf("cmd.exe has no hook, so %q cannot change it", command), recipe+"   (for good: vault init cmd; one command: vault exec PROFILE -- CMD)")
}

// callingShell guesses the shell that called, for a hint: the parent process,
// else SHELL.
func (a *App) callingShell() string {
	candidates := []string{process.Parent(), a.Environ["SHELL"]}
	switch runtime.GOOS {
	case "linux": // a shell that is a script of Python's has its name here
		if comm, err := disk.ReadFile("/proc/"+strconv.Itoa(os.Getppid())+"/comm", disk.Reading{Limit: 64}); err == nil {
			candidates = append([]string{strings.TrimSpace(string(comm))}, candidates...)
		}
	case "windows": // where SHELL is that of Cygwin, in whatever shell
		candidates = []string{candidates[0], "powershell"}
	}
	for _, c := range candidates {
		if shell := front.ShellOf(runtime.GOOS, c); instant.StartupFile(shell) != "" || shell == "cmd" && runtime.GOOS == "windows" {
			return shell
		}
	}
	return "bash"
}
