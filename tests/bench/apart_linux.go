package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// inside tells the second process that it is the second.
const inside = "VAULT_BENCH_APART"

// apart starts this program again in a user namespace of its own: there, the
// user's keyring is empty, is not the user's, and goes away with it. It returns
// the status of that process or, in it, -1. Where that cannot be had, it returns
// false and -1.
func apart() (alone bool, status int) {
	if os.Getenv(inside) != "" {
		_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true)
		return err == nil, -1
	}
	self, err := os.Executable()
	if err != nil {
		return false, -1
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	if err := cmd.Start(); err != nil {
		return false, -1
	}
	if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() < 0 {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return false, 1
	}
	return false, cmd.ProcessState.ExitCode()
}

// adopt makes this process the parent of what its children leave behind.
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// leftBehind counts, and ends, the processes that are still there although those
// that were started since have ended. before are the services that stay.
func leftBehind(before []int) (int, error) {
	time.Sleep(100 * time.Millisecond) // what is about to end is not left behind
	now, err := children()
	if err != nil {
		return 0, err
	}
	left := 0
	for _, pid := range now {
		if slices.Contains(before, pid) {
			continue
		}
		left++
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		fmt.Fprintf(os.Stderr, "bench: left behind: %d %q\n", pid, line)
		unix.Kill(pid, unix.SIGTERM)
	}
	return left, nil
}

// children are the processes whose parent this one is, or has become.
func children() ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue
		}
		if err != nil {
			return nil, err
		}
		// pid (name) state parent ..., and a name may hold anything
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		if len(fields) < 2 || string(fields[1]) != strconv.Itoa(os.Getpid()) || string(fields[0]) == "Z" {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(stat))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
