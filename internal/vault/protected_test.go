package vault

import (
	"testing"

	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/fault"
)

// The patterns of the config and of the variable are combined, so that the variable cannot
// remove protection.
func TestPatternsProtectProfiles(t *testing.T) {
	for _, c := range []struct {
		config, variable, profile string
		want                      bool
	}{
		{"", "*prod*", "prod", true},
		{"", "*prod*", "payments-prod/Admin", true},
		{"", "dev, *-prod", "pay-prod", true},
		{"", "prod/?dmin", "prod/Admin", true},
		{"", "prod", "production", false},
		{"", "", "prod", false},
		{"", ",", "prod", false},
		{"[default]\nvault_protected_profiles = *prod*, admin\n", "", "pay-prod/x", true},
		{"[default]\nvault_protected_profiles = *prod*, admin\n", "dev", "admin", true},
		{"[default]\nvault_protected_profiles = *prod*, admin\n", "dev", "dev", true},
		{"[default]\nvault_protected_profiles = *prod*, admin\n", ",", "prod", true},
		{"[default]\nvault_protected_profiles = *prod*, admin\n", "", "dev", false},
		{"[default]\nvault_protected_profiles =\n", "", "dev", false},
		{"[profile default]\nvault_protected_profiles = dev\n", "", "dev", true},
		{"[profile prod]\nvault_protected_profiles = dev\n", "", "dev", false},
	} {
		file, err := awsconf.Parse("config", awsconf.ConfigFile, c.config)
		if err != nil {
			t.Fatal(err)
		}
		// A credentials file changes nothing, even if a variable names it.
		other, err := awsconf.Parse("credentials", awsconf.CredentialsFile, "[default]\nvault_protected_profiles = none\n")
		if err != nil {
			t.Fatal(err)
		}
		s := &Session{world: World{Environ: env.Vars{"AWS_VAULT_PROTECTED": c.variable}}}
		patterns, err := s.patterns(awsconf.Merge(file, other))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := fits(patterns, c.profile); got != c.want || err != nil {
			t.Errorf("%q, %q, %q: %v, %v", c.config, c.variable, c.profile, got, err)
		}
	}
}

func TestAPatternThatIsNone(t *testing.T) {
	for config, want := range map[string]string{
		"": `AWS_VAULT_PROTECTED: "[prod" is not a pattern`,
		"[default]\nregion = eu-west-1\nvault_protected_profiles = dev, [a\n": `config:3: vault_protected_profiles: "[a" is not a pattern`,
	} {
		file, err := awsconf.Parse("config", awsconf.ConfigFile, config)
		if err != nil {
			t.Fatal(err)
		}
		s := &Session{world: World{Environ: env.Vars{"AWS_VAULT_PROTECTED": "[prod"}}}
		patterns, err := s.patterns(awsconf.Merge(file, nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fits(patterns, "prod"); fault.KindOf(err) != fault.Usage || err.Error() != want {
			t.Errorf("got %v", err)
		}
	}
}
