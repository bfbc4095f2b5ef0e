package store

import (
	"context"
	"slices"
	"time"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"
)

// bus is the D-Bus session bus, with calls that end.
type bus struct {
	conn  *dbus.Conn
	limit time.Duration
}

// patience is how long a dialog may stand on the desktop. A person who has left
// must not find a shell that hangs.
const patience = 2 * time.Minute

// openBus takes the connection that the library made while the program started.
// If it made none, it cannot use its backends either.
func openBus(s Settings, backend keyring.BackendType) (bus, error) {
	if !slices.Contains(keyring.AvailableBackends(), backend) {
		return bus{}, unavailable(string(backend), "there is no D-Bus session bus", "")
	}
	conn, err := dbus.SessionBus()
	if err != nil {
		return bus{}, unavailable(string(backend), err.Error(), "")
	}
	return bus{conn, s.Timeout}, nil
}

// call calls a method and stores what it returns.
func (b bus) call(ctx context.Context, object dbus.BusObject, method string, args []any, results ...any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, b.limit, errNoAnswer)
	defer cancel()
	err := object.CallWithContext(ctx, method, 0, args...).Store(results...)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// property reads a property of an object.
func (b bus) property(ctx context.Context, object dbus.BusObject, iface, name string, result any) error {
	var value dbus.Variant
	err := b.call(ctx, object, "org.freedesktop.DBus.Properties.Get", []any{iface, name}, &value)
	if err != nil {
		return err
	}
	return dbus.Store([]any{value.Value()}, result)
}

// offers tells whether a service runs, or would be started by a call to it.
func (b bus) offers(ctx context.Context, service string, start bool) (bool, error) {
	var running bool
	err := b.call(ctx, b.conn.BusObject(), "org.freedesktop.DBus.NameHasOwner", []any{service}, &running)
	if err != nil || running || !start {
		return running, err
	}
	var startable []string
	err = b.call(ctx, b.conn.BusObject(), "org.freedesktop.DBus.ListActivatableNames", nil, &startable)
	return slices.Contains(startable, service), err
}
