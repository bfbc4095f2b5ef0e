package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"
)

// secretService is a collection of the desktop's secret service, such as gnome-keyring or
// KeePassXC, with items in the library's form: the attribute "profile" and the label are the
// key, and the secret is the item as JSON. Unlike the library, it limits how long it waits for
// a person.
type secretService struct {
	bus
	settings Settings
}

const secrets = "org.freedesktop.Secret."

func openSecretService(ctx context.Context, s Settings) (keystore, error) {
	conn, err := openBus(ctx, s, "secret-service")
	if err != nil {
		return nil, err
	}
	service := &secretService{bus: conn, settings: s}
	var path dbus.ObjectPath
	err = conn.hears(ctx, "secret-service", "org.freedesktop.secrets", func(soon bus) error {
		path, err = (&secretService{bus: soon, settings: s}).collection(ctx)
		return err
	})
	if errors.Is(err, errNoAnswer) {
		return nil, err
	}
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

// collection returns the path of the collection, or "" if it does not exist. It finds a
// collection by its path, or by its label if the path has replacements for some characters.
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

// collectionName returns the library's name of a collection: the end of its path. There "_2d"
// stands for "-", unless the "_" is literal.
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

// ready returns the path of the unlocked collection, or ErrNotFound if there is none.
func (v *secretService) ready(ctx context.Context) (dbus.ObjectPath, error) {
	path, err := v.collection(ctx)
	if err != nil {
		return "", err
	}
	if path == "" {
		return "", ErrNotFound
	}
	return path, v.unlock(ctx, path)
}

// keys reads the attribute instead of the label: items of other programs in the collection, as
// in "login", have no such attribute.
func (v *secretService) keys(ctx context.Context) ([]string, error) {
	path, err := v.ready(ctx)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var items []dbus.ObjectPath
	if err := v.property(ctx, v.object(path), secrets+"Collection", "Items", &items); err != nil {
		return nil, err
	}
	var keys []string
	for _, item := range items {
		var attributes map[string]string
		err := v.property(ctx, v.object(item), secrets+"Item", "Attributes", &attributes)
		if refused(err, "UnknownObject") || refused(err, "UnknownMethod") {
			continue // the item has gone since
		}
		if err != nil {
			return nil, err
		}
		if key, ok := attributes["profile"]; ok && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// find returns the items of that key. It also works with a locked collection, because the
// service keeps the attributes readable, though perhaps hashed.
func (v *secretService) find(ctx context.Context, key string) ([]dbus.ObjectPath, error) {
	path, err := v.collection(ctx)
	if err != nil || path == "" {
		return nil, err
	}
	var items []dbus.ObjectPath
	attributes := map[string]string{"profile": key}
	err = v.call(ctx, v.object(path), secrets+"Collection.SearchItems", []any{attributes}, &items)
	return items, err
}

func (v *secretService) has(ctx context.Context, key string) (bool, error) {
	items, err := v.find(ctx, key)
	return len(items) > 0, err
}

// secret is a secret in the form of the service: (oayays).
type secret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

// session begins a transfer of unencrypted secrets, as the library does: a program that can
// listen on the user's bus can ask for the secrets as well.
func (v *secretService) session(ctx context.Context) (path dbus.ObjectPath, err error) {
	var output dbus.Variant
	err = v.call(ctx, v.object("/org/freedesktop/secrets"), secrets+"Service.OpenSession",
		[]any{"plain", dbus.MakeVariant("")}, &output, &path)
	return path, err
}

func (v *secretService) get(ctx context.Context, key string) (keyring.Item, error) {
	if _, err := v.ready(ctx); err != nil {
		return keyring.Item{}, err
	}
	items, err := v.find(ctx, key)
	if err != nil || len(items) == 0 {
		return keyring.Item{}, orMissing(err)
	}
	session, err := v.session(ctx)
	if err != nil {
		return keyring.Item{}, err
	}
	var found secret
	if err := v.call(ctx, v.object(items[0]), secrets+"Item.GetSecret", []any{session}, &found); err != nil {
		return keyring.Item{}, v.failure(err)
	}
	return parseItem(found.Value)
}

func (v *secretService) set(ctx context.Context, item keyring.Item) error {
	path, err := v.ready(ctx)
	if errors.Is(err, ErrNotFound) {
		path, err = v.create(ctx)
	}
	if err != nil {
		return err
	}
	data, err := json.Marshal(item)
	if err != nil {
		return err
	}
	session, err := v.session(ctx)
	if err != nil {
		return err
	}
	properties := map[string]dbus.Variant{
		secrets + "Item.Label":      dbus.MakeVariant(item.Key),
		secrets + "Item.Attributes": dbus.MakeVariant(map[string]string{"profile": item.Key}),
	}
	var made, prompt dbus.ObjectPath
	err = v.call(ctx, v.object(path), secrets+"Collection.CreateItem",
		[]any{properties, secret{session, []byte{}, data, "application/json"}, true}, &made, &prompt)
	if err != nil {
		return v.failure(err)
	}
	return v.complete(ctx, prompt)
}

func (v *secretService) remove(ctx context.Context, key string) error {
	items, err := v.find(ctx, key)
	if err != nil || len(items) == 0 {
		return orMissing(err)
	}
	if _, err := v.ready(ctx); err != nil {
		return err
	}
	for _, item := range items {
		var prompt dbus.ObjectPath
		if err := v.call(ctx, v.object(item), secrets+"Item.Delete", nil, &prompt); err != nil {
			return v.failure(err)
		}
		if err := v.complete(ctx, prompt); err != nil {
			return err
		}
	}
	return nil
}

// failure recognises a collection that was locked between two calls.
func (v *secretService) failure(err error) error {
	if refused(err, "Secret.Error.IsLocked") {
		return v.lockedError()
	}
	return err
}

// unlock unlocks the collection. It asks the person if that is necessary and allowed.
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

// create creates the collection. The person chooses its password in a dialog.
func (v *secretService) create(ctx context.Context) (dbus.ObjectPath, error) {
	properties := map[string]dbus.Variant{secrets + "Collection.Label": dbus.MakeVariant(v.settings.Collection)}
	var path, prompt dbus.ObjectPath
	service := v.object("/org/freedesktop/secrets")
	err := v.call(ctx, service, secrets+"Service.CreateCollection", []any{properties, ""}, &path, &prompt)
	if err != nil {
		return "", err
	}
	if err := v.complete(ctx, prompt); err != nil {
		return "", err
	}
	// A service that could not show its dialog may report success.
	if path, err = v.collection(ctx); err == nil && path == "" {
		err = v.lockedError()
	}
	return path, err
}

// complete shows the service's dialog, and waits until it is closed. The path "/" means that
// there is no dialog. If no question may be asked, complete dismisses the dialog.
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
	defer v.settings.waiting("secret-service")()
	ctx, cancel := context.WithTimeoutCause(ctx, v.settings.Patience, v.lockedError())
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
	return locked("secret-service", fmt.Sprintf("unlock the collection %q on the desktop, or choose another backend", v.settings.Collection))
}
