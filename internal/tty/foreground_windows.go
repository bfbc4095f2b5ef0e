package tty

import (
	"os"

	"golang.org/x/sys/windows"
)

// Mode is how the console treats what is typed. A program that asks for what is not shown
// changes it.
func Mode(*os.File) (mode uint64, ok bool) {
	var m uint32
	in, err := windows.GetStdHandle(windows.STD_INPUT_HANDLE)
	if err == nil {
		err = windows.GetConsoleMode(in, &m)
	}
	return uint64(m), err == nil
}

// Foreground is true: consoles have no background.
func Foreground(*os.File) bool { return true }
