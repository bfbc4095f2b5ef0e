//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package tty_test

import "golang.org/x/sys/unix"

const getMode = unix.TIOCGETA
