//go:build unix

package broker

import (
	"context"
	"os"
	"syscall"
	"time"
)

// lookAgain waits until a process has ended, and checks every 10 seconds. It returns false if
// ctx is done first.
func lookAgain(ctx context.Context, wait func(context.Context, time.Duration) error, pid int, started string) bool {
	for {
		if now, ok := startOf(pid); !ok || now != started {
			return true
		}
		if wait(ctx, 10*time.Second) != nil {
			return false
		}
	}
}

// inodeOf distinguishes files that have had the same path; zero: there is no file.
func inodeOf(path string) uint64 {
	info, err := os.Lstat(path)
	if err != nil {
		return 0
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ino
	}
	return 0
}
