package cmd

import "awsvault/cmd/front"

// Run fails: a process cannot inherit a port and a socket here as on Unix.
func (*BrokerCmd) Run(*App) error { return front.NotForPeople() }
