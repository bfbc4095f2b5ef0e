package cmd

import (
	"errors"
	"os/exec"
	"runtime"

	"awsvault/internal/choose"
	"awsvault/internal/fault"
	"awsvault/internal/items"
	"awsvault/internal/pick"
	"awsvault/internal/recent"
	"awsvault/internal/store"
	"awsvault/internal/tty"
)

// pick lets the user choose a profile at the terminal, even if the standard streams are
// redirected. Without a terminal it returns missing.
func (a *App) pick(missing error) (string, error) {
	choice, err := a.choice(missing)
	if err != nil {
		return "", err
	}
	config, err := a.Config()
	if err != nil {
		return "", err
	}
	names := config.Names()
	if len(names) == 0 {
		return "", fault.NewUsage("there are no profiles yet", "vault add NAME")
	}
	describer := a.session().As(a.nobody()).Describer(config, nil)
	options := a.pickOptions()
	options.Active, options.Preview = a.Active().Profile, describer.Preview
	if a.Shell != nil {
		options.Previous = a.Previous()
	}
	name, err := choice.Profile(a.ctx, choose.Profiles{
		Names: names, Recent: recent.Load(a.StateDir(), a.Now()), Describe: describer.Describe, Ends: a.sessionsEnd(), Now: a.Now, Options: options,
	})
	if err == nil {
		_ = recent.Tidy(a.StateDir(), a.Now(), config.Has) // if it fails, the next pick tidies up
	}
	return name, err
}

// choice returns a choice at the terminal, with the picker that the user prefers. Without a
// terminal it returns missing.
func (a *App) choice(missing error) (c choose.Choice, err error) {
	c.Fzf = choose.Program{Look: exec.LookPath, Screen: a.Stderr, Environ: a.Programs().Tool()}
	t, err := a.terminal()
	if errors.Is(err, tty.ErrNoTerminal) {
		return c, missing
	}
	if err != nil {
		return c, err
	}
	c.Terminal = t
	term := a.Getenv("TERM")
	c.Way, err = choose.WayOf(a.Getenv("AWS_VAULT_PICKER"), runtime.GOOS != "windows" && (term == "dumb" || term == ""))
	return c, err
}

func (a *App) pickOptions() pick.Options {
	return pick.Options{Colour: a.Getenv("NO_COLOR") == "" && a.Colour != "never"}
}

// sessionsEnd returns a function that finds when cached sessions end, by their names. It
// skips a keystore that fails or that would ask a question.
func (a *App) sessionsEnd() func() items.Ends {
	settings := a.storeSettings(a.nobody())
	settings.Passphrase, settings.NewPassphrase, settings.PassedOver = nil, nil, nil
	return func() items.Ends {
		sessions, _ := store.Open(settings).Sessions(a.ctx)
		return items.Longest(sessions)
	}
}
