// Package pager shows a long text through the user's pager: which program that is, whether
// the text needs one, and running it.
//
// It does not know what the text is, what a terminal is, or the environment: callers pass
// in the variables, the size and the streams.
package pager

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"awsvault/internal/process"
)

// settings name the pager, the first that is set; one that is empty means none. The AWS CLI
// reads the last two.
var settings = [...]string{"AWS_VAULT_PAGER", "AWS_PAGER", "PAGER"}

// Choice is what the choice of a pager depends on.
type Choice struct {
	GOOS   string
	Lookup func(name string) (value string, set bool) // a variable
	Look   func(name string) (path string, err error) // as [exec.LookPath] does
}

// Pick is the pager's program and its arguments; nil: there is none. The warning says why a
// pager that is set cannot be used.
func (c Choice) Pick() (args []string, warning string) {
	if term, _ := c.Lookup("TERM"); term == "dumb" {
		return nil, ""
	}
	for _, name := range settings {
		value, set := c.Lookup(name)
		if !set {
			continue
		}
		args, err := process.SplitOn(c.GOOS, value)
		if strings.TrimSpace(value) == "" || err == nil && len(args) == 1 && args[0] == "cat" {
			return nil, ""
		}
		if err == nil {
			if args[0], err = c.Look(args[0]); err == nil {
				return args, ""
			}
		}
		return nil, fmt.Sprintf("%s names no program that can be run: %s", name, value)
	}
	if path, err := c.Look("less"); err == nil {
		return []string{path}, ""
	}
	return nil, ""
}

// Long tells whether a text has too many lines for a terminal: one row is for the prompt.
// Zero rows: the height is not known.
func Long(text string, rows int) bool { return rows > 0 && strings.Count(text, "\n") >= rows }

// Environ is a pager's environment. less is told as git and the AWS CLI do to end where all
// fits, to show colours, and to leave the text on the screen.
func Environ(environ []string) []string {
	if slices.ContainsFunc(environ, func(entry string) bool { return strings.HasPrefix(entry, "LESS=") }) {
		return environ
	}
	return append(environ[:len(environ):len(environ)], "LESS=FRX")
}

// Show runs the pager, which reads the text, and waits for its end. Whatever it ends with
// is no error: most people leave it before the end of the text. The error says that it
// could not be started.
func Show(text string, args, environ []string, stdout, stderr *os.File) error {
	in, out, err := os.Pipe()
	if err != nil {
		return err
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		out.WriteString(text) // fails when the pager has ended
		out.Close()
	}()
	_, err = process.Attend(process.Command{Path: args[0], Argv: args, Environ: Environ(environ), Stdin: in, Stdout: stdout, Stderr: stderr})
	in.Close()
	<-written
	return err
}
