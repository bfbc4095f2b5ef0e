package cmd

import (
	"awsvault/internal/call"
)

// Run fails: on Windows a process cannot inherit a port and a socket as on Unix.
func (*BrokerCmd) Run(*App) error { return call.NotForPeople() }
