package cmd

import (
	"context"
	"errors"

	"awsvault/internal/tty"
	"awsvault/internal/vault"
)

// RemoveCmd deletes stored keys.
type RemoveCmd struct {
	Profile      string `arg:"" help:"The profile."`
	Force        bool   `short:"f" help:"Answer yes to all questions."`
	SessionsOnly bool   `name:"sessions-only" short:"s" help:"Delete only its cached sessions, without asking."`
}

// Run asks for confirmation, then deletes the keys.
func (c *RemoveCmd) Run(a *App) error {
	r := vault.Remove{Session: a.session(), Keeper: a.store(), Profile: c.Profile, Force: c.Force}
	if c.SessionsOnly {
		return r.Sessions(a.ctx)
	}
	if err := a.Agent().Deletes(); err != nil {
		return err
	}
	if t := a.typist(); t != nil {
		r.Ask = func(ctx context.Context, question string) (string, error) {
			answer, err := t.Ask(ctx, question)
			if errors.Is(err, tty.ErrNoAnswer) {
				err = nil
			}
			return answer, err
		}
	}
	return r.Run(a.ctx)
}
