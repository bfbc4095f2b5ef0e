package vault_test

import (
	"testing"

	"awsvault/internal/env"
	"awsvault/internal/vault"
)

func TestTheProfileOfTheEnvironment(t *testing.T) {
	const server = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	for name, c := range map[string]struct {
		vars env.Vars
		want string
	}{
		"keys":                    {env.Vars{"AWS_ACCESS_KEY_ID": "AKIA"}, "Environment"},
		"a server":                {env.Vars{server: "http://127.0.0.1/"}, "EcsContainer"},
		"keys go before a server": {env.Vars{"AWS_ACCESS_KEY_ID": "AKIA", server: "http://127.0.0.1/"}, "Environment"},
		"nothing":                 {env.Vars{}, "Environment"},
	} {
		config, err := vault.Around("here", c.vars)
		if err != nil {
			t.Fatal(err)
		}
		section, err := config.Profile("here")
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := section.Get("credential_source"); v.Text != c.want {
			t.Errorf("%s: %q", name, v.Text)
		}
	}
}
