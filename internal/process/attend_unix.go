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

// Attended says how a program that Attend has run has ended.
type Attended struct {
	Status int // 128 and the signal's number, if a signal ended it
	signal syscall.Signal
}

// Attend runs a program in place of this one, as far as a person and a shell can see: with its
// streams, in its process group, on its terminal. It returns when the program has ended, or an
// error if the program could not be started. If this process is killed, the program is told to
// end.
//
// The terminal sends the signals of Ctrl-C, Ctrl-\ and Ctrl-Z to the whole group, so the
// program gets them itself. Attend passes on all other signals, and also these if this process
// is not in the foreground of the terminal. If the program stops, this process stops too, so
// that the shell takes over. The program continues when this process does.
func Attend(c Command) (Attended, error) {
	runtime.LockOSThread() // the program's end depends on the thread that starts it
	defer runtime.UnlockOSThread()
	signals := make(chan os.Signal, 16)
	for _, s := range []os.Signal{unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGTERM, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM} {
		if !signal.Ignored(s) { // nohup ignores it, for the program too
			signal.Reset(s) // otherwise a second Ctrl-C would end the wait
			signal.Notify(signals, s)
		}
	}
	defer signal.Stop(signals)
	cmd := c.start()
	err := cmd.Start()
	if errors.Is(err, syscall.ENOEXEC) { // a script without #!, which execvp(3) runs in this way
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

// await waits for a child, and stops and continues with it.
//
// A SIGCONT for the whole group may reach this process before the child, which then still
// looks stopped. So a stop only counts if it lasts. And this process may stop some time after
// it asked for that, in another thread. So await continues the child only after this process
// was continued.
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
			case <-continued: // from an earlier stop
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

// fromTerminal reports whether the terminal has sent a signal to the whole group.
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
	own, failed := unix.Getpgid(0) // syscall.Getpgrp is missing on illumos
	return err == nil && failed == nil && group == own
}

// Follow ends this process with the signal that ended the program, if any. To a shell this
// matters: it ends a loop that Ctrl-C was meant to end.
func (a Attended) Follow() {
	switch a.signal {
	case syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM:
	default: // none, or one at which Go would print its stacks: the exit status is enough
		return
	}
	signal.Reset(a.signal)
	_ = syscall.Kill(os.Getpid(), a.signal)
	time.Sleep(time.Second) // the signal ends one of the threads, and with it the process
}
