package process

import (
	"os"
	"strconv"
)

// Parent is the program of the process that called this one; empty if that is not known.
func Parent() string {
	program, err := os.Readlink("/proc/" + strconv.Itoa(os.Getppid()) + "/exe")
	if err != nil {
		return ""
	}
	return program
}
