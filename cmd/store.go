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

// storeTimeout limits how long a keystore may take to answer, so that a shell never hangs
// because of a dead daemon. A user who types a passphrase has no limit.
const storeTimeout = 5 * time.Second

// store returns the keystore that the flags choose. It opens nothing yet.
func (a *App) store() *store.Store {
	return a.storeOf(a.globals.Backend, a.globals.SessionBackend, a.person(false))
}

// stores are the keystores of this run.
type stores struct {
	store.Pool
	certain bool // the command stores keys
}

// storeOf returns the keystores with those names. They ask p their questions.
func (a *App) storeOf(keys, sessions string, p vault.Person) *store.Store {
	return a.stores.Of(keys, sessions, p.Asks(), func() store.Settings { return a.storeSettings(p) })
}

// storeSettings returns the keystore settings of this run. The keystores ask p for
// passphrases and tokens.
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

// withTerminal adds the terminal's name for gpg's pinentry: gpg-agent has no terminal.
func (a *App) withTerminal(environ []string) []string {
	if a.Getenv("GPG_TTY") == "" && runtime.GOOS == "linux" && front.IsTerminal(os.Stdin) {
		if name, err := os.Readlink("/proc/self/fd/0"); err == nil {
			environ = append(environ, "GPG_TTY="+name)
		}
	}
	return environ
}

// canAsk reports whether there is a terminal for questions.
func (a *App) canAsk() bool { _, err := a.terminal(); return err == nil }
