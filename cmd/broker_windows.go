package cmd

import (
	"context"
	"errors"

	"awsvault/cmd/front"
	"awsvault/internal/broker"
)

// Run fails: a process cannot inherit a port and a socket here as on Unix.
func (*BrokerCmd) Run(*App) error { return front.NotForPeople() }

func (*App) startBroker(string, broker.Place) func(context.Context) error {
	return func(context.Context) error {
		return errors.New("there is no credential server for shells on Windows")
	}
}
