package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/fault"
	"awsvault/internal/pick"
	"awsvault/internal/process"
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
// streams go. missing is the error where nobody can.
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
	describer, err := a.session().As(a.nobody()).Describer(nil)
	if err != nil {
		return "", err
	}
	used := recent.Load(a.StateDir(), a.Now())
	candidates := make([]pick.Candidate, len(names))
	for i, n := range names {
		candidates[i] = pick.Candidate{Name: n, Recent: used[n]}
	}
	options := pick.Options{Active: a.Active().Profile, Colour: a.Getenv("NO_COLOR") == "", Preview: a.preview(describer)}
	if a.Shell != nil {
		options.Previous = a.Previous()
	}
	state := pick.New(candidates, options)
	describe := func() func() {
		tell := described(describer, names)
		return func() { state.Update(tell) }
	}
	if err := a.show(t, state, len(names), describe); err != nil {
		return "", err
	}
	name, ok := state.Chosen()
	if !ok {
		return "", tty.ErrInterrupted
	}
	_ = recent.Tidy(a.StateDir(), a.Now(), config.Has) // else the next one does
	return name, nil
}

// show has the person choose, in the way that AWS_VAULT_PICKER and the terminal
// ask for. describe says what the files say of each profile.
func (a *App) show(t *tty.TTY, state *pick.State, profiles int, describe func() func()) error {
	later := []func() func(){a.left(state)}
	kind := a.Getenv("AWS_VAULT_PICKER")
	term := a.Getenv("TERM")
	dumb := runtime.GOOS != "windows" && (term == "dumb" || term == "")
	if profiles > describedAtOnce && kind == "" && !dumb {
		later = append(later, describe)
	} else {
		describe()()
	}
	switch {
	case kind == "fzf":
		return a.pickWithFzf(state)
	case kind == "plain", kind == "" && dumb:
		return a.pickPlainly(t, state)
	case kind != "":
		return fault.NewUsage(fmt.Sprintf("AWS_VAULT_PICKER: there is no picker %q", kind), "plain, fzf, or nothing")
	}
	return t.Draw(a.ctx, state, pick.Begin, pick.End, later...)
}

// described describes all of them, which may take a while, and returns what tells
// the picker.
func described(describer *vault.Describer, names []string) func(*pick.Candidate) {
	known := make(map[string]resolve.Description, len(names))
	for _, name := range names {
		known[name] = describer.Describe(name)
	}
	return func(c *pick.Candidate) {
		d := known[c.Name]
		c.Account, c.Role, c.Region, c.Protected = d.Account, d.Role, d.Region, d.Protected
	}
}

// left finds what cached sessions have left, by their names. A keystore that
// would ask somebody is left alone, and so is one that fails.
func (a *App) left(state *pick.State) func() func() {
	settings := a.storeSettings(a.nobody())
	settings.Passphrase, settings.NewPassphrase, settings.PassedOver = nil, nil, nil
	return func() func() {
		sessions, _ := store.Open(settings).Sessions(a.ctx)
		longest := map[string]time.Time{}
		for _, s := range sessions {
			if s.Expires.After(longest[s.Key.Profile]) {
				longest[s.Key.Profile] = s.Expires
			}
		}
		return func() {
			state.Update(func(c *pick.Candidate) {
				if t, ok := longest[c.Name]; ok {
					c.Left = front.Brief(t.Sub(a.Now())) + " left"
				}
			})
		}
	}
}

// preview says how a profile gets its credentials, from the files only.
func (a *App) preview(describer *vault.Describer) func(string) []string {
	return func(name string) []string {
		plan, err := describer.Plan(name)
		if err != nil {
			return []string{"broken: " + front.Printable(err.Error())}
		}
		var lines []string
		for _, s := range plan.Steps {
			lines = append(lines, strings.TrimSpace(s.Kind.String()+" "+a.subject(s)))
		}
		if n := plan.MFAPrompts(); n > 0 {
			lines = append(lines, front.Counted(n, "MFA code"))
		}
		if plan.Region.Text != "" {
			lines = append(lines, "region "+plan.Region.Text)
		}
		if d := plan.Last().Duration; d > 0 {
			lines = append(lines, "lasts "+front.Brief(d))
		}
		return lines
	}
}

// mostListed is how many profiles a list has that cannot be scrolled.
const mostListed = 30

// pickPlainly is for terminals that cannot move the cursor, and for people who
// hear the screen: a numbered list, and a question.
func (a *App) pickPlainly(t *tty.TTY, state *pick.State) error {
	for {
		lines := state.Lines()
		shown := lines[:min(len(lines), mostListed)]
		for i, line := range shown {
			t.Print(fmt.Sprintf("%3d  %s\n", i+1, line))
		}
		if more := len(lines) - len(shown); more > 0 {
			t.Print(fmt.Sprintf("     and %d more\n", more))
		}
		if len(lines) == 0 {
			t.Print("nothing matches\n")
		}
		answer, err := t.Ask(a.ctx, "Number, or a part of the name: ")
		if err != nil {
			return err
		}
		answer = strings.TrimSpace(answer)
		if answer == "" {
			return tty.ErrInterrupted
		}
		if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(shown) {
			state.Choose(n - 1)
			return nil
		}
		state.Search(answer)
		if names := state.Matches(); len(names) == 1 || len(names) > 0 && names[0] == answer {
			state.Choose(0)
			return nil
		}
	}
}

// pickWithFzf has the user's own fzf do it. It gets numbers, by which the answer
// comes back, and lines that are safe to show.
func (a *App) pickWithFzf(state *pick.State) error {
	path, err := exec.LookPath("fzf")
	if err != nil {
		return fault.Hinted(errors.New("AWS_VAULT_PICKER is fzf, which is not installed"), "unset AWS_VAULT_PICKER")
	}
	var in bytes.Buffer
	for i, line := range state.Lines() {
		fmt.Fprintf(&in, "%d\t%s\n", i, line)
	}
	out, err := process.Output(a.ctx, process.Program{
		Name:  "fzf",
		Args:  []string{path, "--delimiter=\t", "--with-nth=2..", "--no-multi", "--prompt=profile: ", "--height=40%", "--reverse", "--tiebreak=begin,index"},
		Input: in.Bytes(), Screen: a.Stderr, Together: true,
		Environ: a.ToolEnviron(),
	})
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && (exit.ExitCode() == 1 || exit.ExitCode() == statusInterrupted) {
		return tty.ErrInterrupted // nothing was chosen
	}
	if err != nil {
		return err
	}
	number, _, _ := strings.Cut(string(out), "\t")
	if i, err := strconv.Atoi(number); err == nil && state.Choose(i) {
		return nil
	}
	return errors.New("fzf answered with something else than it was given")
}
