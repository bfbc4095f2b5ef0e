package cmd

import (
	"slices"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/grammar"
	"awsvault/internal/person"
	"awsvault/internal/say"
	"awsvault/internal/tty"
)

// silentCommands show no waits: programs run them, or they run for a long time.
var silentCommands = [...]string{"credential-process", "serve", "proxy", "prompt", "completion", "__renew", "__broker"}

// showWaits makes a command report its waits on stderr, if a user reads stderr.
func (a *App) showWaits(command string) {
	terminal := front.IsTerminal(a.Stderr)
	switch {
	case a.Getenv("AWS_VAULT_PROGRESS") == "never", slices.Contains(silentCommands[:], command),
		grammar.AnswersJSON(a.Args, a.Shell != nil), a.Shell != nil && a.Shell.Swallowed, terminal && !tty.Foreground(a.Stderr):
		return
	}
	w := &person.Waits{Out: a.Stderr, Dots: say.Dots(a.Environ), Now: a.Now}
	w.After = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	if terminal {
		w.Mode = func() (uint64, bool) { return tty.Mode(a.Stderr) }
	}
	if terminal && a.Environ["TERM"] != "dumb" {
		w.Columns = func() int { return front.Width(a.Stderr) }
	}
	a.waits, a.Hush = w, w.Hush
}
