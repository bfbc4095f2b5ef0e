package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// Room returns how many bytes the system allows for one text of a program's environment
// (MAX_ARG_STRLEN), and for all of it together with the arguments: a quarter of the stack, at
// least ARG_MAX, at most three quarters of 8 MiB. See execve(2), "Limits on size of arguments
// and environment".
func Room() (one, all int) {
	const (
		least = 128 << 10
		most  = 6 << 20
	)
	var stack unix.Rlimit
	all = least
	if unix.Getrlimit(unix.RLIMIT_STACK, &stack) == nil {
		all = int(min(max(stack.Cur/4, least), most))
	}
	return 32 * os.Getpagesize(), all
}
