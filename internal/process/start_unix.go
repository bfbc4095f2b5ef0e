//go:build unix

package process

import (
	"os"
	"os/exec"
	"syscall"
)

// start starts the program in its group, and lets it be ended together with what it has
// started.
func start(cmd *exec.Cmd, p Program) (release func(), err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: !p.Together && !p.NoTerminal, Setsid: p.NoTerminal}
	own := p.NoTerminal || !p.Together
	cmd.Cancel = func() error {
		if own {
			// The group also contains processes that have lost their parent.
			defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
		return endTree(cmd.Process.Pid, parents, syscall.Kill)
	}
	return func() {}, cmd.Start()
}

// endTree ends a process and all of its descendants. It stops them first, so that none starts
// another one in the meantime, and none becomes a child of init before it is found.
func endTree(root int, parents func() map[int]int, kill func(pid int, signal syscall.Signal) error) error {
	found := map[int]bool{root: true}
	_ = kill(root, syscall.SIGSTOP)
	for more := true; more; {
		more = false
		for pid, parent := range parents() {
			if found[parent] && !found[pid] {
				found[pid], more = true, true
				_ = kill(pid, syscall.SIGSTOP)
			}
		}
	}
	delete(found, root)
	for pid := range found {
		_ = kill(pid, syscall.SIGKILL) // this can fail for another user's process: sudo
	}
	return kill(root, syscall.SIGKILL)
}

// interrupt tells a program and its group to end, as Ctrl-C does.
func interrupt(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGINT) }

// endGroup ends what is left of a program's group.
func endGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// statusOf returns a status as shells count: 128 and the signal's number, if a signal ended
// the program.
func statusOf(s *os.ProcessState) int {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return s.ExitCode()
}
