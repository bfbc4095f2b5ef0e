package cmd

import (
	"fmt"
	"strings"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// confirmProtected has the person type the name of a protected profile, unless they
// have in this shell, and its credentials are still good.
func (a *App) confirmProtected(p *vault.Plan) error {
	s := a.active()
	expires, _ := a.expires()
	named := s.Profile == p.Profile && vault.Active{State: s, Expires: expires}.Named(a.now()) && env.Untouched(a.environ, s) == nil
	if !p.Protected || named {
		return nil
	}
	t, err := a.terminal()
	if err != nil {
		return fault.NewPerson(fmt.Sprintf("profile %q is protected, and there is no terminal to confirm it on", p.Profile), "run it in a terminal")
	}
	account := ""
	if p.Account != "" {
		account = " (account " + p.Account + ")"
	}
	answer, err := t.Ask(a.ctx, fmt.Sprintf("%s is protected%s. Type its name to continue: ", oneLine(p.Profile), account))
	if err != nil {
		return err
	}
	if strings.TrimSpace(answer) != p.Profile {
		return fmt.Errorf("that is not %q, so nothing was changed", p.Profile)
	}
	return nil
}
