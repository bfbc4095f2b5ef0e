package process

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/windows"
)

// Attended says how a program that Attend has run has ended.
type Attended struct{ Status int }

// Attend runs a program in place of this one, as far as a person can see: with its streams, in
// its console. It returns when the program has ended, or an error if the program could not be
// started. If this process is killed, the program is ended together with the programs that it
// has started. If the program ends by itself, those continue.
//
// The console sends Ctrl-C to both processes. The program decides what it means, so this
// process ignores it.
func Attend(c Command) (Attended, error) {
	ignored := make(chan os.Signal, 1)
	signal.Reset(os.Interrupt, syscall.SIGTERM) // otherwise a second Ctrl-C would end the wait
	signal.Notify(ignored, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(ignored)
	cmd := &exec.Cmd{Path: c.Path, Args: c.Argv, Env: c.Environ, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr}
	if err := throughShell(cmd); err != nil {
		return Attended{}, err
	}
	if err := cmd.Start(); err != nil {
		return Attended{}, reason(err)
	}
	job := jobOf(cmd.Process.Pid)
	endWithJob(job, true) // the system closes the job with this process
	err := cmd.Wait()
	endWithJob(job, false)
	windows.CloseHandle(job)
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return Attended{ended.ExitCode()}, nil
	}
	if err != nil {
		err = reason(err)
	}
	return Attended{}, err
}

// throughShell runs a batch file with cmd.exe. Windows would do that by itself, but with
// arguments that cmd.exe could take for commands.
func throughShell(cmd *exec.Cmd) error {
	if !isBatch(cmd.Path) {
		return nil
	}
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return err
	}
	line, err := batchLine(system, cmd.Path, cmd.Args[1:])
	if err != nil {
		return err
	}
	cmd.Path = system + `\cmd.exe`
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.CmdLine = line
	return nil
}

// Follow does nothing: no signal ends a program here.
func (Attended) Follow() {}
