package program

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/env"
)

// active returns the environment of a shell in which a profile is active and all secrets are
// set.
func active(t *testing.T) Outside {
	t.Helper()
	vars := env.Vars{
		"PATH": "/bin", "HOME": "/home/ana", "DISPLAY": ":0", "GNUPGHOME": "/g", "HTTPS_PROXY": "http://p", "AWS_CA_BUNDLE": "/ca", "FZF_DEFAULT_OPTS": "-i",
		"AWS_VAULT_FILE_PASSPHRASE": "s", "AWS_VAULT_OP_CONNECT_TOKEN": "s", "AWS_VAULT_OP_SERVICE_ACCOUNT_TOKEN": "s",
		"OP_CONNECT_TOKEN": "s", "OP_SERVICE_ACCOUNT_TOKEN": "s", "OP_SESSION_ABC": "s", "OP_CONNECT_HOST": "http://op",
		"AWS_PROFILE": "theirs", CallingName: "outer",
	}
	target := env.Target{Profile: "dev", Credentials: aws.Credentials{AccessKeyID: "ASIAX", SecretAccessKey: "s", SessionToken: "s", Expires: time.Unix(2e9, 0)}}
	change, state, err := env.Use(vars, env.State{}, nil, target, env.Key("k"))
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range change {
		if op.Action == env.Set {
			vars[op.Name] = op.Value
		} else {
			delete(vars, op.Name)
		}
	}
	vars["AWS_BEARER_TOKEN_BEDROCK"] = "s" // set since, so it is theirs
	return Outside{Vars: env.Outside(vars, state), Calling: []string{"outer"}, Argv0: "/opt/bin/vlt"}
}

// Each program gets the secrets that it needs, and all variables that are not secret.
func TestWhatProgramsAreTold(t *testing.T) {
	vault := []string{"AWS_VAULT_FILE_PASSPHRASE", "AWS_VAULT_OP_CONNECT_TOKEN", "AWS_VAULT_OP_SERVICE_ACCOUNT_TOKEN"}
	op := []string{"OP_CONNECT_TOKEN", "OP_SERVICE_ACCOUNT_TOKEN", "OP_SESSION_ABC"}
	plain := []string{"AWS_CA_BUNDLE", "AWS_PROFILE", "DISPLAY", "FZF_DEFAULT_OPTS", "GNUPGHOME", "HOME", "HTTPS_PROXY", "OP_CONNECT_HOST", "PATH"}
	const bearer = "AWS_BEARER_TOKEN_BEDROCK"
	o := active(t)
	for name, test := range map[string]struct {
		got  []string
		want [][]string
	}{
		"a tool":                   {o.Tool(), nil},
		"1Password's":              {o.OnePassword(), [][]string{{"OP_SESSION_ABC"}}},
		"a command":                {o.Command("/x/get-keys", "p"), [][]string{{bearer, CallingName}}},
		"a command without a name": {o.Command("", "p"), [][]string{{bearer, CallingName}}},
		"op":                       {o.Command("/usr/bin/op", "p"), [][]string{{bearer, CallingName}, op}},
		"op.exe":                   {o.Command("op.EXE", "p"), [][]string{{bearer, CallingName}, op}},
		"what is called like op":   {o.Command("op-helper", "p"), [][]string{{bearer, CallingName}}},
		"vault":                    {o.Command("vault", "p"), [][]string{{bearer, CallingName}, op, vault}},
		"aws-vault":                {o.Command("/usr/bin/aws-vault", "p"), [][]string{{bearer, CallingName}, op, vault}},
		"this program":             {o.Command("vlt", "p"), [][]string{{bearer, CallingName}, op, vault}},
	} {
		want := slices.Sorted(slices.Values(slices.Concat(append(test.want, plain)...)))
		var got []string
		for _, entry := range test.got {
			name, value, _ := strings.Cut(entry, "=")
			got = append(got, name)
			if name == CallingName && value != "outer\np" {
				t.Errorf("%s: called for %q", name, value)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// The command of exec does not get the secrets that open the keystore.
func TestWhatTheCommandOfExecIsTold(t *testing.T) {
	all := []string{"AWS_SECRET_ACCESS_KEY=s", "AWS_VAULT_FILE_PASSPHRASE=s", "AWS_VAULT_OP_SERVICE_ACCOUNT_TOKEN=s", CallingName + "=x", "OP_SERVICE_ACCOUNT_TOKEN=s", "OP_SESSION_X=s", "X=y"}
	for _, test := range []struct{ program, backend, want string }{
		{"/bin/terraform", "file", "AWS_SECRET_ACCESS_KEY OP_SERVICE_ACCOUNT_TOKEN OP_SESSION_X X"},
		{"/bin/terraform", "op", "AWS_SECRET_ACCESS_KEY X"},
		{"/bin/terraform", "op-connect", "AWS_SECRET_ACCESS_KEY X"},
		{"/bin/op", "op", "AWS_SECRET_ACCESS_KEY OP_SERVICE_ACCOUNT_TOKEN OP_SESSION_X X"},
	} {
		var got []string
		for _, entry := range ForCommand(slices.Clone(all), test.program, test.backend, false) {
			name, _, _ := strings.Cut(entry, "=")
			got = append(got, name)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s with keys in %s: %q, want %q", test.program, test.backend, got, test.want)
		}
	}
}
