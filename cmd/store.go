package cmd

import (
	"os"
	"runtime"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/person"
	"awsvault/internal/resolve"
	"awsvault/internal/store"
	"awsvault/internal/vault"
)

// storeTimeout bounds how long a keystore may take to answer, so that a shell
// never hangs on a daemon that is gone. A person who is asked for a passphrase
// has all the time.
const storeTimeout = 5 * time.Second

// store is the keystore as the flags say; nothing is opened yet.
func (a *App) store() *store.Store {
	return a.storeOf(a.globals.Backend, a.globals.SessionBackend, a.person(false))
}

// stores are the keystores of this run.
type stores struct {
	store.Pool
	certain bool // the command stores keys
}

// storeOf is the keystore of those names; what it has to ask, it asks p.
func (a *App) storeOf(keys, sessions string, p vault.Person) *store.Store {
	return a.stores.Of(keys, sessions, p.Asks(), func() store.Settings { return a.storeSettings(p) })
}

// storeSettings are those of this run. p is asked for passphrases and tokens.
func (a *App) storeSettings(p vault.Person) store.Settings {
	s := store.At(a.Keystore(a.flags))
	s.SessionBackend = a.globals.SessionBackend
	s.Certain, s.Silence = a.stores.certain, &a.stores.Silence
	s.StateDir, s.RuntimeDir = a.StateDir(), a.RuntimeDir()
	s.Environ = a.withTerminal(a.Programs().Tool())
	s.Desktop = a.Getenv("DISPLAY") != "" || a.Getenv("WAYLAND_DISPLAY") != "" || runtime.GOOS != "linux"
	s.Now, s.Timeout = a.Now, storeTimeout
	s.PassedOver = func(err error) { a.Say("vault: warning: " + err.Error() + "; trying the next keystore") }
	op := &s.OnePassword
	op.Timeout, op.Environ = resolve.TimeLimit(a.globals.OPTimeout), a.Programs().OnePassword()
	op.ConnectToken = person.Token(p, a.Getenv, "1Password Connect token", "AWS_VAULT_OP_CONNECT_TOKEN", "OP_CONNECT_TOKEN")
	op.ServiceToken = person.Token(p, a.Getenv, "1Password service account token", "AWS_VAULT_OP_SERVICE_ACCOUNT_TOKEN", "OP_SERVICE_ACCOUNT_TOKEN")
	wait := vault.Waiting(p)
	s.Waiting = func(what string) func() { return wait(what, time.Time{}) }
	run := vault.Running(p)
	s.Running = func(name string, limit time.Duration, asks bool) func() {
		return run(person.Keystore(name, limit, asks))
	}
	ask := a.passphrases(p)
	s.Passphrase, s.NewPassphrase, s.OtherPassphrase, s.Typed = ask.Stored, ask.Chosen, ask.Other, a.TypesPassphrase()
	if p.Asks() {
		s.Ask = a.canAsk
	}
	return s
}

// withTerminal tells gpg's pinentry the terminal by name: its agent is a process
// without one.
func (a *App) withTerminal(environ []string) []string {
	if a.Getenv("GPG_TTY") == "" && runtime.GOOS == "linux" && front.IsTerminal(os.Stdin) {
		if name, err := os.Readlink("/proc/self/fd/0"); err == nil {
			environ = append(environ, "GPG_TTY="+name)
		}
	}
	return environ
}

// canAsk reports whether a person is there.
func (a *App) canAsk() bool { _, err := a.terminal(); return err == nil }
