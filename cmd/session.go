package cmd

import (
	"path/filepath"
	"runtime"

	"awsvault/internal/awsapi"
	"awsvault/internal/ending"
	"awsvault/internal/grammar"
	"awsvault/internal/journal"
	"awsvault/internal/mfa"
	"awsvault/internal/person"
	"awsvault/internal/process"
	"awsvault/internal/resolve"
	"awsvault/internal/source"
	"awsvault/internal/store"
	"awsvault/internal/vault"
)

// session returns the vault session that asks the user at the terminal. Prompts and
// directories use it As a [vault.Nobody].
func (a *App) session() *vault.Session {
	a.once.Do(func() {
		a.main = vault.New(a.world(), a.person(false)).On(a.globals.Backend, a.globals.SessionBackend)
	})
	return a.main
}

// The person of prompts and directories is a [vault.Nobody], which prints messages.
func (a *App) nobody() vault.Person { return vault.Nobody{Tell: a.Say} }

// here describes the calling shell. A command without a profile uses the shell's profile.
func (a *App) here() vault.Here {
	return vault.Here{Session: a.session(), Active: a.Active(), Environ: a.Environ, Pick: a.pick}
}

// world returns what vault sessions need from this process.
func (a *App) world() vault.World {
	w := a.Vault()
	w.Keystore = func(keys, sessions string, p vault.Person) vault.Keystore {
		return keystore{a.storeOf(keys, sessions, p)}
	}
	w.Sources = func(s *vault.Session) vault.Sources { return source.New(a.sources(), s) }
	w.MFAProcess = func(c vault.MFAProcess) (string, error) {
		d := mfa.Process(c.Command, a.programEnviron(c.Request.Profile, process.First(c.Command)))
		return person.ProcessCode(d, c, a.Stderr)
	}
	w.TakesCode = grammar.Takes(a.by.Command, "mfa-token")
	w.StateDir, w.Wait, w.Log = a.StateDir(), ending.Sleep, journal.Of(a.StateDir(), a.Getenv, a.by)
	return w
}

// sources returns what the credential sources need from this process.
func (a *App) sources() source.World {
	people := ""
	if a.StateDir() != "" {
		people = filepath.Join(a.StateDir(), "signins")
	}
	return source.World{
		GOOS: runtime.GOOS, SystemRoot: a.Getenv("SystemRoot"),
		Environ: a.programEnviron, Expand: a.Expand, ReadFile: a.ReadNamed, LoginDir: a.LoginDir(), SSODir: a.SSODir(), People: people,
		Mine: a.Mine,
	}
}

// api returns an AWS client for everything but the sources of credentials.
func (a *App) api(caBundle resolve.Setting) *awsapi.Client {
	return source.API(a.sources(), a.session(), caBundle)
}

// keystore adapts the store for vault sessions.
type keystore struct{ *store.Store }

func (k keystore) Said() vault.Said { return k.Known() }

// programEnviron returns the environment of a program that a profile names.
func (a *App) programEnviron(profile, program string) []string {
	return a.Programs().Command(program, profile)
}

// outsider returns a getenv for the user's own variables, without the activation's.
func (a *App) outsider() func(string) string {
	outside := a.Outside()
	return func(name string) string { return outside[name] }
}
