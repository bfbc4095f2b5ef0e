package cmd

import (
	"awsvault/internal/fault"
)

// Exit statuses, design.md 1.
const (
	statusDone        = 0
	statusFailed      = int(fault.Failed)
	statusPerson      = int(fault.Person)
	statusInterrupted = int(fault.Interrupted)
)
