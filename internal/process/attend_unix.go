//go:build unix

package process

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Attended is how a program ended that Attend ran.
type Attended struct {
	Status int // 128 and the signal's number, if one ended it
	signal syscall.Signal
}

// Attend runs a program in the place of this one, as far as a person and a shell can
// see: with its streams, in its process group, on its terminal. It returns when the
// program has ended, or an error if it could not be started. If this process is killed,
// the program is told to end.
//
// The terminal sends the signals of Ctrl-C, Ctrl-\ and Ctrl-Z to the whole group, so
// the program has them already. All others are passed on, and those too where this is
// not the terminal's foreground. A program that is stopped stops this process with it,
// so that the shell takes over; it goes on when this process does.
func Attend(c Command) (Attended, error) {
	runtime.LockOSThread() // the program's end is bound to the thread that starts it
	defer runtime.UnlockOSThread()
	signals := make(chan os.Signal, 16)
	for _, s := range []os.Signal{unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGTERM, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM} {
		if !signal.Ignored(s) { // nohup has it ignored, by the program too
			signal.Reset(s) // or a second Ctrl-C would end the wait
			signal.Notify(signals, s)
		}
	}
	defer signal.Stop(signals)
	cmd := c.start()
	err := cmd.Start()
	if errors.Is(err, syscall.ENOEXEC) { // a script without #!, as execvp(3) runs it
		c.Path, c.Argv = "/bin/sh", append([]string{"/bin/sh", c.Path}, c.Argv[1:]...)
		cmd = c.start()
		err = cmd.Start()
	}
	if err != nil {
		return Attended{}, reason(err)
	}
	defer cmd.Process.Release()
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, unix.SIGCONT)
	defer signal.Stop(continued)
	ended := make(chan Attended, 1)
	go func() { ended <- await(cmd.Process.Pid, continued) }()
	for {
		select {
		case s := <-signals:
			if number, ok := s.(syscall.Signal); ok && !fromTerminal(number) {
				_ = syscall.Kill(cmd.Process.Pid, number)
			}
		case e := <-ended:
			return e, nil
		}
	}
}

func (c Command) start() *exec.Cmd {
	return &exec.Cmd{Path: c.Path, Args: c.Argv, Env: c.Environ, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr, SysProcAttr: endsWithParent()}
}

// await waits for a child, and stops and goes on with it.
//
// A SIGCONT for the whole group may reach this process before the child, which is then
// still told of as stopped: so a stop counts if it lasts. And a stop of this process
// may come some time after it was asked for, in another thread: what makes the child go
// on is that this process was continued.
func await(pid int, continued <-chan os.Signal) Attended {
	stopped, flags := false, syscall.WUNTRACED|syscall.WCONTINUED
	for {
		var status syscall.WaitStatus
		got, err := 0, error(nil)
		if stopped {
			time.Sleep(20 * time.Millisecond)
			got, err = syscall.Wait4(pid, &status, flags|syscall.WNOHANG, nil)
		} else {
			got, err = syscall.Wait4(pid, &status, flags, nil)
		}
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return Attended{Status: 1}
		case got == 0:
			stopped = false
			select {
			case <-continued: // by an earlier stop
			default:
			}
			_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
			<-continued
			_ = syscall.Kill(pid, syscall.SIGCONT)
		case status.Stopped():
			stopped = true
		case status.Continued():
			stopped = false
		case status.Signaled():
			return Attended{128 + int(status.Signal()), status.Signal()}
		default:
			return Attended{Status: status.ExitStatus()}
		}
	}
}

// fromTerminal tells whether a signal is one that the terminal has sent to the whole
// group.
func fromTerminal(s syscall.Signal) bool {
	switch s {
	case syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP:
	default:
		return false
	}
	terminal, err := os.OpenFile("/dev/tty", os.O_RDONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer terminal.Close()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	own, failed := unix.Getpgid(0) // syscall.Getpgrp is not on illumos
	return err == nil && failed == nil && group == own
}

// Follow ends this process by the signal that ended the program, if one did. A shell
// tells the two apart: it does not go on with a loop that Ctrl-C was meant to end.
func (a Attended) Follow() {
	switch a.signal {
	case syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM:
	default: // none, or one at which Go would print its stacks: the status says it
		return
	}
	signal.Reset(a.signal)
	_ = syscall.Kill(os.Getpid(), a.signal)
	time.Sleep(time.Second) // it ends one of the threads, and with it all of them
}
