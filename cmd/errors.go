package cmd

import (
	"fmt"

	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Exit statuses, design.md 1.
const (
	statusDone        = 0
	statusFailed      = int(fault.Failed)
	statusPerson      = int(fault.Person)
	statusInterrupted = int(fault.Interrupted)
)

// report prints an error, one line and perhaps a hint, and returns the exit
// status. It is the only place that prints errors.
func (a *App) report(err error) int {
	status := statusOf(err)
	if err == nil || fault.IsSilent(err) || status == statusInterrupted {
		return status
	}
	fmt.Fprintf(a.stderr, "vault: error: %s\n", line.Printable(err.Error()))
	if hint := fault.HintOf(err); hint != "" {
		fmt.Fprintf(a.stderr, "vault: hint: %s\n", line.Printable(hint))
	}
	return status
}

func statusOf(err error) int { return int(fault.KindOf(err)) }

// oneLine makes a text that may hold anything (names, paths, what a server
// said) safe to print on a terminal.
func oneLine(s string) string { return line.Printable(s) }
