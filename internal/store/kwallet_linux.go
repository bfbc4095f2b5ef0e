package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/keyring"
)

// openKWallet opens the wallet of KDE. The library's way to do that shows a dialog
// and waits for its end, so the wallet itself is opened when it is first used, and
// only where somebody may be asked.
func openKWallet(ctx context.Context, s Settings) (keystore, error) {
	bus, err := openBus(s, keyring.KWalletBackend)
	if err != nil {
		return nil, err
	}
	// Without a desktop the daemon does not even start.
	offered, err := bus.offers(ctx, walletd, s.Desktop)
	if err != nil {
		return nil, err
	}
	if !offered {
		return nil, unavailable("kwallet", "there is no KDE wallet", "")
	}
	return library{
		open:  func(ctx context.Context) (keyring.Keyring, error) { return openWallet(ctx, bus, s) },
		limit: s.Timeout,
	}, nil
}

const walletd = "org.kde.kwalletd5"

func openWallet(ctx context.Context, b bus, s Settings) (keyring.Keyring, error) {
	locked := &LockedError{"kwallet", fmt.Sprintf("open the wallet %q on the desktop, or choose another backend", s.Service)}
	limit := patience
	if !s.person() || !s.Desktop {
		limit = s.Timeout
		var open bool
		object := b.conn.Object(walletd, "/modules/kwalletd5")
		if err := b.call(ctx, object, "org.kde.KWallet.isOpen", []any{s.Service}, &open); err != nil {
			return nil, err
		}
		if !open {
			return nil, locked
		}
	}
	opened, err := within(ctx, limit, func(context.Context) (keyring.Keyring, error) {
		return keyring.Open(config(s, "kwallet"))
	})
	if errors.Is(err, errNoAnswer) {
		return nil, locked
	}
	return opened, err
}
