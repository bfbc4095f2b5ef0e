//go:build linux

package store_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus"

	"awsvault/internal/fault"
	"awsvault/internal/nodbus"
	"awsvault/internal/store"
	"awsvault/tests/need"
)

// walletSettings returns the settings of an open wallet with the given name. The wallet is
// opened as at a log-in: without a dialog, and created if it is missing.
func walletSettings(t *testing.T, name string) store.Settings {
	t.Helper()
	openWallet(t, name)
	settings := fileSettings(t.TempDir())
	settings.Backend, settings.SessionBackend = "kwallet", "kwallet"
	settings.Service = name
	settings.Bus = nodbus.Address()
	return settings
}

func walletd(t *testing.T) dbus.BusObject {
	return sessionBus(t).Object("org.kde.kwalletd5", "/modules/kwalletd5")
}

func openWallet(t *testing.T, name string) {
	t.Helper()
	key := []byte(strings.Repeat("k", 56))
	if call := walletd(t).Call("org.kde.KWallet.pamOpen", 0, name, key, int32(0)); call.Err != nil {
		t.Fatal(call.Err)
	}
	var open bool
	if err := walletd(t).Call("org.kde.KWallet.isOpen", 0, name).Store(&open); err != nil || !open {
		t.Fatalf("pamOpen: the wallet is open: %v, %v", open, err)
	}
}

// killWallet ends the daemon. The bus starts it again at the next call.
func killWallet(t *testing.T) {
	t.Helper()
	var pid uint32
	bus := sessionBus(t).BusObject()
	if err := bus.Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, "org.kde.kwalletd5").Store(&pid); err != nil {
		return // it does not run
	}
	syscall.Kill(int(pid), syscall.SIGKILL)
	for range 1000 {
		var running bool
		bus.Call("org.freedesktop.DBus.NameHasOwner", 0, "org.kde.kwalletd5").Store(&running)
		if !running {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("kwalletd5 does not end")
}

func withWallet(t *testing.T) bool {
	t.Helper()
	need.Program(t, "kwalletd5", "libkf5wallet-bin")
	if !withBus(t, "") {
		return false
	}
	t.Cleanup(func() { killWallet(t) })
	return true
}

func TestKWallet(t *testing.T) {
	if !withWallet(t) {
		return
	}
	n := 0
	conform(t, func(t *testing.T) (store.Settings, *native) {
		n++
		settings := walletSettings(t, fmt.Sprint("wallet", n))
		return settings, viaLibrary(t, settings)
	})
}

func TestAClosedWalletIsSaidSo(t *testing.T) {
	if !withWallet(t) {
		return
	}
	settings := walletSettings(t, "closed")
	s := store.Open(settings)
	put(t, s, "dev", keys(1))
	if call := walletd(t).Call("org.kde.KWallet.close", 0, "closed", true); call.Err != nil {
		t.Fatal(call.Err)
	}
	_, keysErr := s.Keys(t.Context(), "dev")
	_, namesErr := s.Names(t.Context())
	for name, err := range map[string]error{"Keys": keysErr, "Names": namesErr, "PutKeys": s.PutKeys(t.Context(), "dev", keys(2)), "RemoveKeys": s.RemoveKeys(t.Context(), "dev")} {
		if !errors.Is(err, store.ErrLocked) || fault.HintOf(err) == "" {
			t.Errorf("%s: got %v, want ErrLocked with a hint", name, err)
		}
	}
	if has, err := s.Has(t.Context(), "dev"); !has || err != nil {
		t.Errorf("Has(dev) = %v, %v", has, err)
	}
	if has, err := s.Has(t.Context(), "prod"); has || err != nil {
		t.Errorf("Has(prod) = %v, %v", has, err)
	}
	openWallet(t, "closed")
	wantKeys(t, s, "dev", keys(1))
}

// A killed wallet daemon loses nothing, and vault does not wait for it.
func TestAWalletWhoseDaemonIsKilled(t *testing.T) {
	if !withWallet(t) {
		return
	}
	settings := walletSettings(t, "killed")
	settings.Timeout = 10 * time.Second // the bus starts it again
	s := store.Open(settings)
	put(t, s, "dev", keys(1))
	killWallet(t)
	if _, err := s.Keys(t.Context(), "dev"); !errors.Is(err, store.ErrLocked) {
		t.Errorf("after the kill: got %v, want ErrLocked", err)
	}
	openWallet(t, "killed")
	wantKeys(t, s, "dev", keys(1))
	put(t, s, "dev", keys(2))
	wantKeys(t, store.Open(settings), "dev", keys(2))
}

// Vault skips a wallet that is missing if nobody could create it.
func TestAWalletThatIsMissing(t *testing.T) {
	if !withWallet(t) {
		return
	}
	settings := walletSettings(t, "another")
	settings.Service, settings.Collection = "missing", "missing"
	_, err := store.Open(settings).Names(t.Context())
	want := `backend "kwallet" cannot be used: there is no wallet "missing", and no desktop on which to create it`
	if err == nil || err.Error() != want {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
	settings.Backend = ""
	settings.PassDir = t.TempDir()
	if name, err := store.Open(settings).Backend(t.Context()); name != "file" || err != nil {
		t.Errorf("chosen: %q, %v; want file", name, err)
	}
}

// On a desktop the daemon asks and waits without limit. Here nobody sees its dialog.
func TestADialogThatNobodyAnswersIsNotWaitedForWithoutEnd(t *testing.T) {
	if !withWallet(t) {
		return
	}
	settings := walletSettings(t, "asked")
	if call := walletd(t).Call("org.kde.KWallet.close", 0, "asked", true); call.Err != nil {
		t.Fatal(call.Err)
	}
	settings.Ask, settings.Desktop, settings.Patience = somebody, true, time.Second
	if _, err := store.Open(settings).Names(t.Context()); !errors.Is(err, store.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
}
