package cmd

import (
	"context"
	"os"
	"os/exec"
	"runtime"

	"awsvault/internal/browser"
	"awsvault/internal/mfa"
	"awsvault/internal/person"
	"awsvault/internal/vault"
)

// person returns the user at the terminal. If an agent runs vault, it returns a
// [vault.Nobody] instead. With noBrowser a sign-in only shows its address.
func (a *App) person(noBrowser bool) vault.Person {
	if a.Agent().Is() {
		return a.nobody()
	}
	return person.Terminal{
		Open: func() (person.Asker, error) { return a.terminal() }, Tell: a.Say, OK: a.OK(), Waits: a.waits, Stdin: os.Stdin, Stderr: a.Stderr,
		MFA: func() mfa.Settings {
			return mfa.Settings{Name: a.globals.Prompt, Env: a.Getenv, Look: exec.LookPath, Environ: a.withTerminal(a.Programs().Tool()), OS: runtime.GOOS}
		},
		NextCode: func(ctx context.Context, refused error) error { return a.session().NextCode(ctx, refused) },
		Browsers: a.browsers(), Browser: a.Getenv("AWS_VAULT_BROWSER"), NoBrowser: noBrowser, Delivery: a.delivery,
	}
}

// passphrases asks p for the passphrases of the file keystore.
func (a *App) passphrases(p vault.Person) person.Passphrases {
	return person.Passphrases{
		Person: p, GOOS: runtime.GOOS, Home: a.Home(),
		Lookup:  func(name string) (string, bool) { v, ok := a.Environ[name]; return v, ok },
		Environ: func(program string) []string { return a.withTerminal(a.Programs().Command(program)) },
	}
}

func (a *App) browsers() browser.World {
	return browser.World{
		GOOS: runtime.GOOS, Getenv: a.Getenv, Look: exec.LookPath, Refused: a.Agent().Opens(),
		WSL: runtime.GOOS == "linux" && (a.Getenv("WSL_DISTRO_NAME") != "" || a.Getenv("WSL_INTEROP") != ""),
	}
}
