package tty

import (
	"os"

	"golang.org/x/sys/windows"
)

// Mode returns the console's input mode. A program that asks for a secret changes it.
func Mode(*os.File) (mode uint64, ok bool) {
	var m uint32
	in, err := windows.GetStdHandle(windows.STD_INPUT_HANDLE)
	if err == nil {
		err = windows.GetConsoleMode(in, &m)
	}
	return uint64(m), err == nil
}

// Foreground returns true: consoles have no background.
func Foreground(*os.File) bool { return true }
