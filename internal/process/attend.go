package process

import "os"

// Command is a program that Attend runs.
type Command struct {
	Path                  string
	Argv, Environ         []string
	Stdin, Stdout, Stderr *os.File
}
