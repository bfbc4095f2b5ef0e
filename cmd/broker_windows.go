package cmd

import (
	"awsvault/internal/call"
)

// Run fails: a process cannot inherit a port and a socket here as on Unix.
func (*BrokerCmd) Run(*App) error { return call.NotForPeople() }
