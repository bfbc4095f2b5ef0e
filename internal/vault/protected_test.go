package vault

import (
	"testing"

	"awsvault/internal/env"
	"awsvault/internal/fault"
)

func TestPatternsProtectProfiles(t *testing.T) {
	for _, c := range []struct {
		patterns, profile string
		want              bool
	}{
		{"*prod*", "prod", true},
		{"*prod*", "payments-prod/Admin", true},
		{"dev, *-prod", "pay-prod", true},
		{"prod/?dmin", "prod/Admin", true},
		{"prod", "production", false},
		{"", "prod", false},
		{",", "prod", false},
	} {
		s := &Session{world: World{Environ: env.Vars{"AWS_VAULT_PROTECTED": c.patterns}}}
		if got, err := s.Protected(c.profile, false); got != c.want || err != nil {
			t.Errorf("%q, %q: %v, %v", c.patterns, c.profile, got, err)
		}
	}
	s := &Session{world: World{Environ: env.Vars{"AWS_VAULT_PROTECTED": "[prod"}}}
	if _, err := s.Protected("prod", false); fault.KindOf(err) != fault.Usage {
		t.Errorf("a pattern that is none: %v", err)
	}
}
