package vault

import (
	"context"
	"fmt"
	"strings"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/near"
)

// protectedKey is a setting of [default] that protects profiles by patterns. The variable can
// only add patterns: an .env file or ssh's AcceptEnv may set it, too.
const (
	protectedKey      = "vault_protected_profiles"
	protectedVariable = "AWS_VAULT_PROTECTED"
)

// pattern matches the names of protected profiles: * matches any text, ? any character.
type pattern struct{ text, from string }

// patterns returns the patterns of the config and of the variable, which are lists with
// commas.
func (s *Session) patterns(config *awsconf.Config) (all []pattern, err error) {
	add := func(list, from string) {
		for text := range strings.SplitSeq(list, ",") {
			if text = strings.TrimSpace(text); text != "" {
				all = append(all, pattern{text, from})
			}
		}
	}
	// Not from the credentials file: a variable could name another file.
	if config = config.OfConfigFile(); config.Has("default") {
		section, err := config.Profile("default")
		if err != nil {
			return nil, err
		}
		if v, ok := section.Get(protectedKey); ok {
			add(v.Text, v.Pos.String()+": "+protectedKey)
		}
	}
	add(s.Getenv(protectedVariable), protectedVariable)
	return all, nil
}

// fits reports whether a profile is protected by one of the patterns.
func fits(patterns []pattern, profile string) (bool, error) {
	for _, p := range patterns {
		switch ok, err := near.Fits(p.text, profile); {
		case err != nil:
			return false, fault.NewUsage(fmt.Sprintf("%s: %q is not a pattern", p.from, p.text), "patterns look like *prod*,admin")
		case ok:
			return true, nil
		}
	}
	return false, nil
}

// Protects reports whether the present config protects a profile. It opens no keystore. A
// profile that cannot be looked up is protected.
func (s *Session) Protects(profile string) bool {
	config, err := s.world.Config()
	return err != nil || s.Describer(config, nil).Describe(profile).Protected
}

// Named reports whether the person of this shell has activated the profile by name, as far as
// a state can prove that, and the activation has not expired. vault renews a protected profile
// only then.
func (a Active) Named(now time.Time) bool {
	byDirectory := len(a.State.About.Origin) > 0 // the profile was not protected then
	return a.State.Authentic && !byDirectory && !a.Life().Expired(now)
}

// ConfirmProtected makes the person type the name of a protected profile, unless they have
// done so in this shell and its credentials are still there and valid. environ is the
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
