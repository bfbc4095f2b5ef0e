package broker

import (
	"context"
	"errors"

	"awsvault/internal/lease"
)

// Starter returns a function that fails: a process on Windows cannot inherit a port and a
// socket as on Unix.
func Starter([]string, lease.Place, []string) func(context.Context) error {
	return func(context.Context) error {
		return errors.New("there is no credential server for shells on Windows")
	}
}
