package cmd

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"awsvault/internal/nodbus"
	"awsvault/internal/store"
)

func backendNames() []string { return store.Backends() }

// storeTimeout bounds how long a keystore may take to answer, so that a shell
// never hangs on a daemon that is gone. A person who is asked for a passphrase
// has all the time.
const storeTimeout = 5 * time.Second

// store is the keystore as the flags say; nothing is opened yet.
func (a *App) store() *store.Store {
	g := a.globals
	passDir := g.PassDir
	if passDir == "" {
		passDir = a.getenv("PASSWORD_STORE_DIR")
	}
	if passDir == "" {
		passDir = filepath.Join(a.home(), ".password-store")
	}
	dir := g.FileDir
	if dir == "" {
		dir = filepath.Join(a.home(), ".awsvault", "keys")
	}
	return store.Open(store.Settings{
		Backend:        g.Backend,
		SessionBackend: g.SessionBackend,
		KeychainName:   g.Keychain,
		Collection:     g.Collection,
		PassDir:        passDir,
		PassCmd:        g.PassCmd,
		PassPrefix:     g.PassPrefix,
		FileDir:        dir,
		StateDir:       a.stateDir(),
		RuntimeDir:     a.runtimeDir(),
		Environ:        nodbus.Environ(os.Environ()),
		Ask:            a.canAsk(),
		Desktop:        a.getenv("DISPLAY") != "" || a.getenv("WAYLAND_DISPLAY") != "" || runtime.GOOS != "linux",
		Passphrase:     a.passphrase,
		NewPassphrase:  a.newPassphrase,
		Now:            a.now,
		Timeout:        storeTimeout,
	})
}

// canAsk reports whether a person is there.
func (a *App) canAsk() bool { _, err := a.terminal(); return err == nil }

// passphrase answers for the file keystore: AWS_VAULT_FILE_PASSPHRASE, even if
// empty, else the person.
func (a *App) passphrase(ctx context.Context, prompt string) (string, error) {
	if p, ok := a.environ["AWS_VAULT_FILE_PASSPHRASE"]; ok {
		return p, nil
	}
	t, err := a.terminal()
	if err != nil {
		return "", &personError{"the keystore wants its passphrase, and there is no terminal to ask on", "set AWS_VAULT_FILE_PASSPHRASE, or run it in a terminal"}
	}
	return t.AskSecret(ctx, prompt+": ")
}

// newPassphrase asks for a passphrase that is about to be used for the first time.
func (a *App) newPassphrase(ctx context.Context, prompt string) (string, error) {
	if p, ok := a.environ["AWS_VAULT_FILE_PASSPHRASE"]; ok {
		return p, nil
	}
	for {
		first, err := a.passphrase(ctx, prompt)
		if err != nil {
			return "", err
		}
		second, err := a.passphrase(ctx, "Once more")
		if err != nil {
			return "", err
		}
		if first == second {
			return first, nil
		}
		a.term.Print("They differ; again.\n")
	}
}
