package cmd

import (
	"fmt"
	"strings"

	"awsvault/cmd/instant"
	"awsvault/internal/say"
	"awsvault/internal/startup"
	"awsvault/internal/status"
)

// runBare answers `vault` without arguments: it shows the current state and the next command.
func runBare(a *App) error {
	s := a.Active()
	w := &strings.Builder{}
	fmt.Fprintf(w, "%s %s   AWS credentials for the shell you are in\n\n", a.Called(), instant.Version)
	if s.Active() {
		a.Standing().Rows(w)
		say.Row(w, "Next", "vault status   vault off", "")
		return a.Answer(w.String())
	}
	config, err := a.Config()
	if err != nil {
		return err
	}
	path, err := a.ConfigPath()
	if err != nil {
		return err
	}
	stored, backend, err := a.keystoreNames()
	about := status.Overview{
		Keystore: backend, Keys: len(stored), Trouble: err, Profiles: len(config.Names()), Config: a.Tilde(path),
		Hooked: a.Hooked(), Next: a.next(a.Hooked(), config, stored, backend),
	}
	w.WriteString(about.Text())
	return a.Answer(w.String())
}

// keystoreNames returns the names of the stored keys, and the name of their keystore. It
// opens the keystore only if the names are not known otherwise.
func (a *App) keystoreNames() (stored []string, backend string, err error) {
	keystore := a.store()
	backend = keystore.Known().Backend()
	stored, _, known := keystore.KnownNames(a.ctx)
	if !known {
		if stored, err = keystore.Names(a.ctx); err == nil {
			backend, err = keystore.Backend(a.ctx)
		}
	}
	return stored, backend, err
}

// storedNames is keystoreNames without opening a keystore: names may be missing.
func (a *App) storedNames() (stored []string, backend string) {
	keystore := a.store()
	stored, _, _ = keystore.KnownNames(a.ctx)
	return stored, keystore.Known().Backend()
}

// loadHook returns the line that loads the hook into the calling shell. The line also adds
// the hook to the start-up file if it is missing there.
func (a *App) loadHook() string { return startup.Init(a.callingShell()) }
