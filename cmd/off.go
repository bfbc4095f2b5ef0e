package cmd

import (
	"fmt"
	"strings"

	"awsvault/internal/env"
)

// OffCmd takes the activation away.
type OffCmd struct{ revokeFlags }

// Run hands the shell the change back.
func (c *OffCmd) Run(a *App) error {
	if a.Shell == nil {
		return a.needHook("off")
	}
	s := a.Active()
	if c.given() {
		if err := a.revocation(a.session().Of(s), c.revokeFlags).Off(a.ctx, c.Revoke, s); err != nil {
			return err
		}
	}
	change, lost := env.Off(a.Shell.Vars(a.Environ), s, a.Shell.Kept)
	previous := s.Profile
	if !s.Active() {
		previous = a.Shell.Previous
	}
	if err := a.Apply(change, env.Prompt{Previous: previous}); err != nil {
		return err
	}
	if !s.Active() {
		a.Say("vault: no profile is active in this shell")
		return nil
	}
	a.leaveServer(s)
	a.Say(fmt.Sprintf("%s  left %s", a.OK(), s.Profile))
	a.sayLost(lost)
	if s.About.Exec {
		a.Say("vault: this is a shell of vault exec: exit leaves it")
	}
	return nil
}

// sayLost says what could not be brought back.
func (a *App) sayLost(lost env.Lost) {
	if len(lost) > 0 {
		a.Say(fmt.Sprintf("vault: %s: the outer shell has their values, so they are unset here", strings.Join(lost, ", ")))
	}
}
