package front

import (
	"strings"

	"awsvault/internal/env"
	"awsvault/internal/nodbus"
	"awsvault/internal/program"
	"awsvault/internal/sealed"
)

// Calling lists the profiles whose credential_process started this program.
func (w *World) Calling() []string {
	if v := w.Getenv(program.CallingName); v != "" {
		return strings.Split(v, "\n")
	}
	return nil
}

// Keystore returns the keystore that the flags and variables choose.
func (w *World) Keystore(flag func(name string) string) sealed.Keystore {
	return sealed.Choice{Flag: flag, Getenv: w.Getenv, Expand: w.Expand, Home: w.Home(), Bus: nodbus.Address()}.Keystore()
}

// TypesPassphrase reports whether the user types the passphrase of the file keystore:
// neither a variable nor a program supplies it.
func (w *World) TypesPassphrase() bool {
	_, given := w.Environ[env.FilePassphrase]
	return !given && w.Getenv(env.FilePassphraseCommand) == ""
}
