package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus"
)

// bus is the D-Bus session bus. Its calls have a time limit.
type bus struct {
	conn  *dbus.Conn
	limit time.Duration
}

// openBus dials the bus. It is called only when a keystore on the bus is needed. The bus may
// never answer, so openBus sets a limit.
func openBus(ctx context.Context, s Settings, backend string) (bus, error) {
	if s.Bus == "" {
		return bus{}, unavailable(backend, "there is no D-Bus session bus", "")
	}
	conn, err := within(ctx, min(busPatience, s.Timeout/2), func(ctx context.Context) (*dbus.Conn, error) {
		conn, err := dbus.Dial(s.Bus)
		if err != nil {
			return nil, unavailable(backend, "there is no D-Bus session bus", "")
		}
		// This ends the wait for a bus that accepts the connection and says nothing.
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		defer stop()
		if err := errors.Join(conn.Auth(nil), conn.Hello()); err != nil {
			conn.Close()
			return nil, unavailable(backend, "the D-Bus session bus refuses: "+err.Error(), "")
		}
		return conn, nil
	})
	if errors.Is(err, errNoAnswer) {
		return bus{}, busSilent(backend)
	}
	if err != nil {
		return bus{}, err
	}
	return bus{conn, s.Timeout}, nil
}

// hears waits for the first answer of a service on the bus. A running service must answer
// soon. A service that the bus has to start first may take as long as any call.
func (b bus) hears(ctx context.Context, backend, service string, ask func(bus) error) error {
	running, err := b.runs(ctx, service)
	if err != nil {
		return err
	}
	soon := b
	if running {
		soon.limit = min(busPatience, b.limit/2)
	}
	err = ask(soon)
	if running && errors.Is(err, errNoAnswer) && ctx.Err() == nil {
		b.conn.Close()
		return serviceSilent(backend)
	}
	return err
}

// call calls a method and stores its results.
func (b bus) call(ctx context.Context, object dbus.BusObject, method string, args []any, results ...any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, b.limit, errNoAnswer)
	defer cancel()
	err := object.CallWithContext(ctx, method, 0, args...).Store(results...)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// refused reports whether an error came from the service, by the end of the error's name.
func refused(err error, name string) bool {
	var failure dbus.Error
	return errors.As(err, &failure) && strings.HasSuffix(failure.Name, name)
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

// runs reports whether a service is running.
func (b bus) runs(ctx context.Context, service string) (running bool, err error) {
	err = b.call(ctx, b.conn.BusObject(), "org.freedesktop.DBus.NameHasOwner", []any{service}, &running)
	return running, err
}

// offers reports whether a service is running, or would be started by a call.
func (b bus) offers(ctx context.Context, service string, start bool) (bool, error) {
	running, err := b.runs(ctx, service)
	if err != nil || running || !start {
		return running, err
	}
	var startable []string
	err = b.call(ctx, b.conn.BusObject(), "org.freedesktop.DBus.ListActivatableNames", nil, &startable)
	return slices.Contains(startable, service), err
}
