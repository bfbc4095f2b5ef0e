package vault

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Protected reports whether a profile is only ever used by name: its section says
// vault_protected, or a pattern of AWS_VAULT_PROTECTED fits (a list with commas;
// * is any text, ? any character).
func (s *Session) Protected(profile string, bySection bool) (bool, error) {
	if bySection {
		return true, nil
	}
	for pattern := range strings.SplitSeq(s.Getenv("AWS_VAULT_PROTECTED"), ",") {
		// In a file name * stops at a slash; payments-prod/Admin is to fit *prod*.
		flat := func(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
		fits, err := path.Match(flat(strings.TrimSpace(pattern)), flat(profile))
		if err != nil {
			return false, fault.NewUsage(fmt.Sprintf("AWS_VAULT_PROTECTED: %q is not a pattern", pattern), "prod,*-prod,admin?")
		}
		if fits && pattern != "" {
			return true, nil
		}
	}
	return false, nil
}

// Protects reports whether a profile is protected by the config as it is now. It opens
// no keystore. A profile that cannot be looked up is protected.
func (s *Session) Protects(profile string) bool {
	config, err := s.world.Config()
	return err != nil || s.Describer(config, nil).Describe(profile).Protected
}

// Named says that the person of this shell has activated the profile by name, as far
// as a state can prove it, and that this has not ended. A protected profile is not
// renewed otherwise.
func (a Active) Named(now time.Time) bool {
	byDirectory := len(a.State.About.Origin) > 0 // it was not protected then
	return a.State.Authentic && !byDirectory && !a.Life().Expired(now)
}

// ConfirmProtected has the person type the name of a protected profile, unless they
// have in this shell, and its credentials are still there and good. environ is the
// environment with the activation.
func (p *Plan) ConfirmProtected(ctx context.Context, active Active, environ env.Vars) error {
	s := active.State
	if !p.Protected || s.Profile == p.Profile && active.Named(p.session.Now()) && env.Untouched(environ, s) == nil {
		return nil
	}
	account := ""
	if p.Account != "" {
		account = " (account " + p.Account + ")"
	}
	ok, err := p.session.person.Confirm(ctx, Question{
		Text:    line.Printable(p.Profile) + " is protected" + account + ". Type its name to continue",
		Word:    p.Profile,
		Unasked: fault.NewPerson(fmt.Sprintf("profile %q is protected, and there is no terminal to confirm it on", p.Profile), "run it in a terminal"),
	})
	if err != nil || ok {
		return err
	}
	return fmt.Errorf("that is not %q, so nothing was changed", p.Profile)
}
