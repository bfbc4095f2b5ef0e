package cmd

import "awsvault/internal/board"

// LogCmd prints the log of sessions.
type LogCmd struct {
	Profile string `arg:"" optional:"" help:"Only the sessions of this profile."`
	Number  string `short:"n" help:"How many of the last ones; 0: all. (20)" placeholder:"N"`
	JSON    bool   `name:"json" help:"Print one JSON object."`
}

// Run prints the log.
func (c *LogCmd) Run(a *App) error {
	l, err := board.ReadLog(a.StateDir(), c.Profile, c.Number, a.Tilde, a.Getenv)
	if err != nil {
		return err
	}
	for _, note := range l.Notes {
		a.Say(note)
	}
	_, err = a.Stdout.WriteString(l.Print(c.JSON, a.Ink(a.Stdout), a.Tilde, a.Now()))
	return err
}
