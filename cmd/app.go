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

// App holds the inputs of one run and the resources that its command may use. Each field
// is set only once.
type App struct {
	*front.World
	ctx     context.Context
	cancel  context.CancelFunc
	globals Globals
	flags   func(name string) string // every flag, by its name
	by      journal.By               // the caller, for the log
	term    *tty.TTY                 // opened for the first question
	advised bool                     // the user was told why there is no terminal

	once   sync.Once
	main   *vault.Session // see session
	stores stores
	waits  *person.Waits // see showWaits
}

// newApp returns the App of a command. A prompt appears after renew.Patience at the latest,
// however many AWS calls are left.
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

// terminal returns the terminal for questions. It opens the terminal only once.
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

// typist returns the user at the terminal, or nil without a terminal.
func (a *App) typist() vault.Typist {
	if t, err := a.terminal(); err == nil {
		return t
	}
	return nil
}
