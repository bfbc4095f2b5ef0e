package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"runtime"
	"time"

	"awsvault/internal/nodbus"
	"awsvault/internal/store"
)

// storeTimeout bounds how long a keystore may take to answer, so that a shell
// never hangs on a daemon that is gone. A person who is asked for a passphrase
// has all the time.
const storeTimeout = 5 * time.Second

// store is the keystore as the flags say; nothing is opened yet.
func (a *App) store() *store.Store {
	g := a.globals
	return store.Open(store.Settings{
		Backend:        g.Backend,
		SessionBackend: g.SessionBackend,
		KeychainName:   g.Keychain,
		Collection:     g.Collection,
		Keyring:        a.keyring(),
		PassDir:        a.dir(a.below(".password-store"), g.PassDir, a.getenv("PASSWORD_STORE_DIR")),
		PassCmd:        g.PassCmd,
		PassPrefix:     g.PassPrefix,
		FileDir:        a.dir(a.below(".awsvault", "keys"), g.FileDir),
		Bus:            nodbus.Address(),
		StateDir:       a.stateDir(),
		RuntimeDir:     a.runtimeDir(),
		Environ:        a.childEnviron(),
		Ask:            a.canAsk,
		Desktop:        a.getenv("DISPLAY") != "" || a.getenv("WAYLAND_DISPLAY") != "" || runtime.GOOS != "linux",
		Passphrase:     a.passphrase,
		NewPassphrase:  a.newPassphrase,
		Now:            a.now,
		Timeout:        storeTimeout,
	})
}

// dir is the first of the settings that is set, with ~ expanded.
func (a *App) dir(otherwise string, settings ...string) string {
	for _, s := range settings {
		if s != "" {
			return a.expandHome(s)
		}
	}
	return otherwise
}

// keyring names the keyring of this home in the kernel. A user has one set of
// keyrings, whatever HOME says: a test or a container with a home of its own must
// not list the sessions of another. (aws-vault cannot open the kernel's keyring,
// so there is nothing to share.)
func (a *App) keyring() string {
	sum := sha256.Sum256([]byte(a.home()))
	return "aws-vault " + hex.EncodeToString(sum[:4])
}

// childEnviron is for programs that a keystore runs. gpg's pinentry is told the
// terminal by name: its agent is a process without one.
func (a *App) childEnviron() []string {
	environ := nodbus.Environ(os.Environ())
	if a.getenv("GPG_TTY") == "" && runtime.GOOS == "linux" && isTerminal(os.Stdin) {
		if name, err := os.Readlink("/proc/self/fd/0"); err == nil {
			environ = append(environ, "GPG_TTY="+name)
		}
	}
	return environ
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
