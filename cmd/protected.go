package cmd

import (
	"fmt"
	"path"
	"strings"

	"awsvault/internal/resolve"
)

// protected reports whether a profile is only ever used by name: its section says
// vault_protected, or a pattern of AWS_VAULT_PROTECTED fits (a list with commas;
// * is any text, ? any character).
func (a *App) protected(p *resolve.Plan) (bool, error) {
	if p.Protected {
		return true, nil
	}
	for _, pattern := range strings.Split(a.getenv("AWS_VAULT_PROTECTED"), ",") {
		// In a file name * stops at a slash; payments-prod/Admin is to fit *prod*.
		flat := func(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
		fits, err := path.Match(flat(strings.TrimSpace(pattern)), flat(p.Profile))
		if err != nil {
			return false, &usageError{text: fmt.Sprintf("AWS_VAULT_PROTECTED: %q is not a pattern", pattern), hint: "prod,*-prod,admin?"}
		}
		if fits && pattern != "" {
			return true, nil
		}
	}
	return false, nil
}

// confirmProtected has the person type the name of a protected profile.
func (a *App) confirmProtected(p *resolve.Plan) error {
	if s := a.active(); !p.Protected || s.Active() && s.Profile == p.Profile {
		return nil
	}
	t, err := a.terminal()
	if err != nil {
		return &personError{fmt.Sprintf("profile %q is protected, and there is no terminal to confirm it on", p.Profile), "run it in a terminal"}
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
