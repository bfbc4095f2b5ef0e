package cmd

import (
	"context"
	"sync"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/agent"
	"awsvault/internal/journal"
	"awsvault/internal/lead"
	"awsvault/internal/person"
	"awsvault/internal/renew"
	"awsvault/internal/tty"
	"awsvault/internal/vault"
)

// App is the world of one run: what the process was given, and what it may use. Its fields
// are set once.
type App struct {
	*front.World
	ctx     context.Context
	cancel  context.CancelFunc
	globals Globals
	flags   func(name string) string // every flag, by its name
	by      journal.By               // what the log says of who asks
	term    *tty.TTY                 // opened at the first question
	advised bool                     // why there is none was said

	once   sync.Once
	main   *vault.Session // see session
	stores stores
	waits  *person.Waits // see showWaits
}

// newApp is the world of a command. However many calls there are to make: a prompt comes
// after its time.
func newApp(w *front.World, args []string) *App {
	a := &App{World: w}
	if len(args) > 0 && args[0] == "prompt" {
		a.ctx, a.cancel = context.WithTimeout(context.Background(), renew.Patience)
	} else {
		a.ctx, a.cancel = context.WithCancel(context.Background())
	}
	w.ServedUntil = func(lease string) time.Time { return lead.Until(a.ctx, a.server, lease) }
	return a
}

// terminal is the terminal that questions go to, opened once.
func (a *App) terminal() (*tty.TTY, error) {
	if a.term == nil {
		t, err := agent.Unless(a.Agent(), tty.Open)
		if err != nil {
			if advice := tty.Advice(); advice != "" && !a.advised {
				a.advised = true
				a.Say("vault: note: " + advice)
			}
			return nil, err
		}
		a.term = t
	}
	return a.term, nil
}

// typist is the person who types answers at the terminal; nil where there is none.
func (a *App) typist() vault.Typist {
	if t, err := a.terminal(); err == nil {
		return t
	}
	return nil
}
