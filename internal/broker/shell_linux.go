package broker

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"awsvault/internal/disk"
)

// startOf returns when a process was started, as the system tells it; ok is false if there is
// no such process (proc_pid_stat(5), starttime).
func startOf(pid int) (started string, ok bool) {
	stat, err := disk.ReadFile("/proc/"+strconv.Itoa(pid)+"/stat", disk.Reading{Limit: 4096})
	if err != nil || pid <= 0 {
		return "", false
	}
	// The format is "pid (name) state ...". The name may contain anything, also brackets.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const starttime = 22 - 3
	if len(fields) <= starttime {
		return "", false
	}
	return string(fields[starttime]), true
}

// await waits until a process has ended. It returns false if ctx is done first. The kernel
// reports the end (pidfd_open(2)), so vault does not wake up in between.
func await(ctx context.Context, wait func(context.Context, time.Duration) error, pid int, started string) bool {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return lookAgain(ctx, wait, pid, started)
	}
	f := os.NewFile(uintptr(fd), "process")
	defer f.Close()
	if now, ok := startOf(pid); !ok || now != started {
		return true
	}
	raw, err := f.SyscallConn()
	if err != nil || f.SetReadDeadline(time.Time{}) != nil {
		return lookAgain(ctx, wait, pid, started)
	}
	stop := context.AfterFunc(ctx, func() { f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	err = raw.Read(func(fd uintptr) bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		return err == nil && n > 0
	})
	return err == nil
}

// inUse reports whether a program of this user has a lease in its environment.
func inUse(id string) bool {
	names, err := os.ReadDir("/proc")
	if err != nil {
		return true
	}
	for _, name := range names {
		if _, err := strconv.Atoi(name.Name()); err != nil {
			continue
		}
		environ, err := disk.ReadFile("/proc/"+name.Name()+"/environ", disk.Reading{Limit: 4 << 20})
		if err == nil && bytes.Contains(environ, []byte(id)) {
			return true
		}
	}
	return false
}
