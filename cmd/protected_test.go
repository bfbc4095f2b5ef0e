package cmd

import (
	"testing"

	"awsvault/internal/env"
	"awsvault/internal/resolve"
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
		a := &App{environ: env.Vars{"AWS_VAULT_PROTECTED": c.patterns}}
		got, err := a.protected(&resolve.Plan{Profile: c.profile})
		if got != c.want || err != nil {
			t.Errorf("%q, %q: %v, %v", c.patterns, c.profile, got, err)
		}
	}
	a := &App{environ: env.Vars{"AWS_VAULT_PROTECTED": "[prod"}}
	if _, err := a.protected(&resolve.Plan{Profile: "prod"}); err == nil {
		t.Error("a pattern that is none was accepted")
	}
}
