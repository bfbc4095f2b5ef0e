package process

import "os"

// Command is a program for Attend to run.
type Command struct {
	Path                  string
	Argv, Environ         []string
	Stdin, Stdout, Stderr *os.File
}
