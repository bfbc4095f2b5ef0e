package cmd

import (
	"errors"
	"os/exec"
	"runtime"

	"awsvault/internal/choose"
	"awsvault/internal/fault"
	"awsvault/internal/items"
	"awsvault/internal/line"
	"awsvault/internal/pick"
	"awsvault/internal/recent"
	"awsvault/internal/resolve"
	"awsvault/internal/store"
	"awsvault/internal/tty"
	"awsvault/internal/vault"
)

// describedAtOnce is how many profiles are described before the first screen; of
// more the screen has the names first.
const describedAtOnce = 300

// pick has the person choose a profile at the terminal, wherever the standard
// streams go. missing is the error where there is no terminal.
func (a *App) pick(missing error) (string, error) {
	t, err := a.terminal()
	if errors.Is(err, tty.ErrNoTerminal) {
		return "", missing
	}
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
	used := recent.Load(a.StateDir(), a.Now())
	candidates := make([]pick.Candidate, len(names))
	for i, n := range names {
		candidates[i] = pick.Candidate{Name: n, Recent: used[n]}
	}
	options := pick.Options{Active: a.Active().Profile, Colour: a.Getenv("NO_COLOR") == "" && a.Colour != "never", Preview: describer.Preview}
	if a.Shell != nil {
		options.Previous = a.Previous()
	}
	state := pick.New(candidates, options)
	describe := func() func() {
		tell := whatIsKnown(describer, names)
		return func() { state.Update(tell) }
	}
	way, err := a.pickerWay()
	if err != nil {
		return "", err
	}
	later := []func() func(){a.left(state)}
	if len(names) > describedAtOnce && way == choose.Screen {
		later = append(later, describe)
	} else {
		describe()()
	}
	name, err := a.choose(t, state, way, later)
	if err == nil {
		_ = recent.Tidy(a.StateDir(), a.Now(), config.Has) // else the next one does
	}
	return name, err
}

// pickerWay is how the person wants to choose.
func (a *App) pickerWay() (choose.Way, error) {
	term := a.Getenv("TERM")
	return choose.WayOf(a.Getenv("AWS_VAULT_PICKER"), runtime.GOOS != "windows" && (term == "dumb" || term == ""))
}

// choose has the person choose one of the candidates.
func (a *App) choose(t *tty.TTY, state *pick.State, way choose.Way, later []func() func()) (string, error) {
	choice := choose.Choice{State: state, Terminal: t, Later: later, Fzf: choose.Program{
		Look: exec.LookPath, Screen: a.Stderr, Environ: a.Programs().Tool(),
	}}
	if err := choice.Make(a.ctx, way); err != nil {
		return "", err
	}
	name, ok := state.Chosen()
	if !ok {
		return "", tty.ErrInterrupted
	}
	return name, nil
}

// whatIsKnown describes all of them, which may take a while, and returns what tells
// the picker.
func whatIsKnown(describer *vault.Describer, names []string) func(*pick.Candidate) {
	known := make(map[string]resolve.Description, len(names))
	for _, name := range names {
		known[name] = describer.Describe(name)
	}
	return func(c *pick.Candidate) {
		d := known[c.Name]
		c.Account, c.Role, c.Region, c.Protected, c.Described = d.Account, d.Role, d.Region, d.Protected, d.Problem == nil
	}
}

// left finds what cached sessions have left, by their names. A keystore that would
// ask a question is left alone, and so is one that fails.
func (a *App) left(state *pick.State) func() func() {
	settings := a.storeSettings(a.nobody())
	settings.Passphrase, settings.NewPassphrase, settings.PassedOver = nil, nil, nil
	return func() func() {
		sessions, _ := store.Open(settings).Sessions(a.ctx)
		longest := items.Longest(sessions)
		return func() {
			state.Update(func(c *pick.Candidate) {
				if t := longest.Of(c.Name); !t.IsZero() {
					c.Left = line.Left(t.Sub(a.Now()))
				}
			})
		}
	}
}
