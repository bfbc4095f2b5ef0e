package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"
)

// secretService is a collection of the desktop's secret service, such as
// gnome-keyring or KeePassXC. The library reads and writes the items. What it
// would wait for without end, a person who unlocks or creates the collection, is
// done here before the library is called.
type secretService struct {
	library
	bus
	settings Settings
}

const secrets = "org.freedesktop.Secret."

func openSecretService(ctx context.Context, s Settings) (keystore, error) {
	bus, err := openBus(s, keyring.SecretServiceBackend)
	if err != nil {
		return nil, err
	}
	service := &secretService{bus: bus, settings: s}
	service.library = library{service.ready, s.Timeout}
	path, err := service.collection(ctx)
	if err != nil {
		return nil, unavailable("secret-service", fmt.Sprintf("the secret service does not answer (%v)", err), "")
	}
	if path == "" && !s.Desktop {
		return nil, unavailable("secret-service",
			fmt.Sprintf("there is no collection %q, and no desktop on which to create it", s.Collection), "")
	}
	return service, nil
}

func (v *secretService) object(path dbus.ObjectPath) dbus.BusObject {
	return v.conn.Object("org.freedesktop.secrets", path)
}

// collection returns the path of the collection, or "" if it does not exist. A
// collection is known by its path, or by its label if that has characters which
// the service replaced in the path.
func (v *secretService) collection(ctx context.Context) (dbus.ObjectPath, error) {
	var paths []dbus.ObjectPath
	service := v.object("/org/freedesktop/secrets")
	if err := v.property(ctx, service, secrets+"Service", "Collections", &paths); err != nil {
		return "", err
	}
	for _, path := range paths {
		if collectionName(path) == v.settings.Collection {
			return path, nil
		}
	}
	for _, path := range paths {
		var label string
		err := v.property(ctx, v.object(path), secrets+"Collection", "Label", &label)
		if err == nil && label == v.settings.Collection {
			return path, nil
		}
	}
	return "", nil
}

// collectionName is the name by which the library finds a collection again: the
// end of its path, in which "_2d" stands for "-", unless a "_" stands for itself.
func collectionName(path dbus.ObjectPath) string {
	name := string(path[strings.LastIndexByte(string(path), '/')+1:])
	first, rest, _ := strings.Cut(name, "_")
	decoded := first
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, "_")
		if len(part) < 2 {
			return name
		}
		char, err := hex.DecodeString(part[:2])
		if err != nil {
			return name
		}
		decoded += string(char) + part[2:]
	}
	return decoded
}

// ready returns the library's view of the collection, unlocked, or ErrNotFound if
// there is no collection.
func (v *secretService) ready(ctx context.Context) (keyring.Keyring, error) {
	path, err := v.collection(ctx)
	if err != nil {
		return nil, err
	}
	if path == "" {
		return nil, ErrNotFound
	}
	if err := v.unlock(ctx, path); err != nil {
		return nil, err
	}
	c := config(v.settings, "secret-service")
	c.LibSecretCollectionName = collectionName(path)
	return within(ctx, v.settings.Timeout, func(context.Context) (keyring.Keyring, error) { return keyring.Open(c) })
}

// has works on a locked collection too: the service keeps the attributes by which
// an item is found readable, if hashed.
func (v *secretService) has(ctx context.Context, key string) (bool, error) {
	path, err := v.collection(ctx)
	if err != nil || path == "" {
		return false, err
	}
	var items []dbus.ObjectPath
	attributes := map[string]string{"profile": key}
	err = v.call(ctx, v.object(path), secrets+"Collection.SearchItems", []any{attributes}, &items)
	return len(items) > 0, err
}

func (v *secretService) set(ctx context.Context, item keyring.Item) error {
	path, err := v.collection(ctx)
	if err == nil && path == "" {
		err = v.create(ctx)
	}
	if err != nil {
		return err
	}
	return v.library.set(ctx, item)
}

func (v *secretService) remove(ctx context.Context, key string) error {
	if has, err := v.has(ctx, key); err != nil || !has {
		return cmp.Or(err, ErrNotFound)
	}
	return v.library.remove(ctx, key)
}

// unlock unlocks the collection, asking the person if it has to and may.
func (v *secretService) unlock(ctx context.Context, path dbus.ObjectPath) error {
	locked, err := v.locked(ctx, path)
	if err != nil || !locked {
		return err
	}
	var unlocked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	service := v.object("/org/freedesktop/secrets")
	err = v.call(ctx, service, secrets+"Service.Unlock", []any{[]dbus.ObjectPath{path}}, &unlocked, &prompt)
	if err != nil {
		return err
	}
	if err := v.complete(ctx, prompt); err != nil {
		return err
	}
	if locked, err = v.locked(ctx, path); err == nil && locked {
		err = v.lockedError()
	}
	return err
}

func (v *secretService) locked(ctx context.Context, path dbus.ObjectPath) (bool, error) {
	var locked bool
	err := v.property(ctx, v.object(path), secrets+"Collection", "Locked", &locked)
	return locked, err
}

// create creates the collection; the person chooses its password in a dialog.
func (v *secretService) create(ctx context.Context) error {
	properties := map[string]dbus.Variant{secrets + "Collection.Label": dbus.MakeVariant(v.settings.Collection)}
	var path, prompt dbus.ObjectPath
	service := v.object("/org/freedesktop/secrets")
	err := v.call(ctx, service, secrets+"Service.CreateCollection", []any{properties, ""}, &path, &prompt)
	if err != nil {
		return err
	}
	if err := v.complete(ctx, prompt); err != nil {
		return err
	}
	// A service that could not show its dialog may say that all went well.
	if path, err = v.collection(ctx); err == nil && path == "" {
		err = v.lockedError()
	}
	return err
}

// complete has a dialog shown and waits for its end. The path "/" means that the
// service wants none. Where nobody may be asked, the dialog is called off.
func (v *secretService) complete(ctx context.Context, path dbus.ObjectPath) error {
	if path == "/" || path == "" {
		return nil
	}
	prompt := v.object(path)
	dismiss := func() { v.call(context.WithoutCancel(ctx), prompt, secrets+"Prompt.Dismiss", nil) }
	if !v.settings.person() || !v.settings.Desktop {
		dismiss()
		return v.lockedError()
	}
	signals := make(chan *dbus.Signal, 16)
	v.conn.Signal(signals)
	defer v.conn.RemoveSignal(signals)
	rule := "type='signal',interface='" + secrets + "Prompt',member='Completed',path='" + string(path) + "'"
	if err := v.call(ctx, v.conn.BusObject(), "org.freedesktop.DBus.AddMatch", []any{rule}); err != nil {
		return err
	}
	if err := v.call(ctx, prompt, secrets+"Prompt.Prompt", []any{""}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, v.lockedError())
	defer cancel()
	for {
		select {
		case signal := <-signals:
			if signal.Path != path || signal.Name != secrets+"Prompt.Completed" {
				continue
			}
			var dismissed bool
			var result dbus.Variant
			if err := dbus.Store(signal.Body, &dismissed, &result); err != nil {
				return err
			}
			if dismissed {
				return v.lockedError()
			}
			return nil
		case <-ctx.Done():
			dismiss()
			return context.Cause(ctx)
		}
	}
}

func (v *secretService) lockedError() error {
	return &LockedError{"secret-service", fmt.Sprintf("unlock the collection %q on the desktop, or choose another backend", v.settings.Collection)}
}
