package process

import (
	"os"
	"strconv"
)

// Parent returns the program of the process that called this one; empty: unknown.
func Parent() string {
	program, err := os.Readlink("/proc/" + strconv.Itoa(os.Getppid()) + "/exe")
	if err != nil {
		return ""
	}
	return program
}
