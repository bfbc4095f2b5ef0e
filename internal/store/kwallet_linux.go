package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"
)

// kwallet is a folder in the wallet of KDE, with the library's names. The daemon opens a
// closed wallet with a dialog, for which it waits without a limit. So vault opens the wallet
// when it is first used, and only if it may ask a person.
type kwallet struct {
	bus
	settings Settings
}

const (
	walletd    = "org.kde.kwalletd5"
	walletCall = "org.kde.KWallet."
)

func openKWallet(ctx context.Context, s Settings) (keystore, error) {
	conn, err := openBus(ctx, s, "kwallet")
	if err != nil {
		return nil, err
	}
	// Without a desktop the daemon does not even start.
	offered, err := conn.offers(ctx, walletd, s.Desktop)
	if err != nil {
		return nil, err
	}
	if !offered {
		conn.conn.Close()
		return nil, unavailable("kwallet", "there is no KDE wallet", "")
	}
	w := kwallet{conn, s}
	var enabled bool
	err = conn.hears(ctx, "kwallet", walletd, func(soon bus) error { return kwallet{soon, s}.ask(ctx, "isEnabled", nil, &enabled) })
	if errors.Is(err, errNoAnswer) {
		return nil, err
	}
	if err != nil {
		return nil, unavailable("kwallet", fmt.Sprintf("its daemon does not answer (%v)", err), "")
	}
	if !enabled {
		return nil, unavailable("kwallet", "the KDE wallet is switched off", "switch it on in the system settings of KDE")
	}
	// A closed wallet still exists: keys must not go to another keystore in the meantime.
	var wallets []string
	if err := w.ask(ctx, "wallets", nil, &wallets); err != nil {
		return nil, err
	}
	if !slices.Contains(wallets, s.Service) && !s.Desktop {
		return nil, unavailable("kwallet",
			fmt.Sprintf("there is no wallet %q, and no desktop on which to create it", s.Service), "")
	}
	return w, nil
}

func (w kwallet) daemon() dbus.BusObject { return w.conn.Object(walletd, "/modules/kwalletd5") }

// ask calls a method of the daemon.
func (w kwallet) ask(ctx context.Context, method string, args []any, results ...any) error {
	return w.call(ctx, w.daemon(), walletCall+method, args, results...)
}

func (w kwallet) isOpen(ctx context.Context) (bool, error) {
	var open bool
	err := w.ask(ctx, "isOpen", []any{w.settings.Service}, &open)
	return open, err
}

// handle opens the wallet for this process, for which the daemon may ask the person.
func (w kwallet) handle(ctx context.Context) (int32, error) {
	locked := locked("kwallet", fmt.Sprintf("open the wallet %q on the desktop, or choose another backend", w.settings.Service))
	if w.settings.person() && w.settings.Desktop {
		w.limit = w.settings.Patience
	} else if open, err := w.isOpen(ctx); err != nil {
		return 0, err
	} else if !open {
		return 0, locked
	}
	var handle int32
	err := w.ask(ctx, "open", []any{w.settings.Service, int64(0), w.settings.Service}, &handle)
	if errors.Is(err, errNoAnswer) || err == nil && handle < 0 {
		return 0, locked
	}
	return handle, err
}

func (w kwallet) keys(ctx context.Context) ([]string, error) {
	handle, err := w.handle(ctx)
	if err != nil {
		return nil, err
	}
	var keys []string
	err = w.ask(ctx, "entryList", []any{handle, w.settings.Service, w.settings.Service}, &keys)
	return keys, err
}

// has also works with a closed wallet, which tells which entries are missing.
func (w kwallet) has(ctx context.Context, key string) (bool, error) {
	open, err := w.isOpen(ctx)
	if err != nil {
		return false, err
	}
	if !open {
		var missing bool
		err := w.ask(ctx, "keyDoesNotExist", []any{w.settings.Service, w.settings.Service, key}, &missing)
		return err == nil && !missing, err
	}
	handle, err := w.handle(ctx)
	if err != nil {
		return false, err
	}
	return w.hasEntry(ctx, handle, key)
}

func (w kwallet) hasEntry(ctx context.Context, handle int32, key string) (has bool, err error) {
	err = w.ask(ctx, "hasEntry", []any{handle, w.settings.Service, key, w.settings.Service}, &has)
	return has, err
}

func (w kwallet) get(ctx context.Context, key string) (keyring.Item, error) {
	handle, err := w.handle(ctx)
	if err != nil {
		return keyring.Item{}, err
	}
	has, err := w.hasEntry(ctx, handle, key)
	if err != nil {
		return keyring.Item{}, err
	}
	if !has {
		return keyring.Item{}, ErrNotFound
	}
	var data []byte
	if err := w.ask(ctx, "readEntry", []any{handle, w.settings.Service, key, w.settings.Service}, &data); err != nil {
		return keyring.Item{}, err
	}
	return parseItem(data)
}

// set makes the daemon write its file before it answers. A killed daemon would lose what is
// only in memory.
func (w kwallet) set(ctx context.Context, item keyring.Item) error {
	data, err := json.Marshal(item)
	if err != nil {
		return err
	}
	return w.change(ctx, "writeEntry", item.Key, data)
}

func (w kwallet) remove(ctx context.Context, key string) error {
	if has, err := w.has(ctx, key); err != nil || !has {
		return orMissing(err)
	}
	return w.change(ctx, "removeEntry", key)
}

func (w kwallet) change(ctx context.Context, method, key string, data ...any) error {
	handle, err := w.handle(ctx)
	if err != nil {
		return err
	}
	args := append([]any{handle, w.settings.Service, key}, data...)
	var status int32
	if err := w.ask(ctx, method, append(args, w.settings.Service), &status); err != nil {
		return err
	}
	if status != 0 {
		return fmt.Errorf("the KDE wallet answers %d to %s", status, method)
	}
	return w.ask(ctx, "sync", []any{handle, w.settings.Service})
}
