package resolve_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/resolve"
)

// A mistake in settings that a plan does not use cannot stop it: a placeholder, half a key, a
// broken section beside a stored key.
func TestWhatIsNotUsedCannotStop(t *testing.T) {
	own := []resolve.Step{stored("jon"), getSession("jon", time.Hour, "")}
	role := []resolve.Step{stored("jon"), assume("dev", ops, time.Hour, "")}
	const dev = "[profile dev]\nrole_arn = " + ops + "\nsource_profile = jon\n"
	tests := []struct {
		name, profile, config string
		want                  []resolve.Step
	}{
		{"a placeholder in the credentials file", "jon", "\n---\n[jon]\naws_access_key_id = foo\naws_secret_access_key = bar\n", own},
		{"a placeholder in the config file", "jon", "[profile jon]\naws_access_key_id = foo\naws_secret_access_key = bar\n", own},
		{"half a key", "jon", "\n---\n[jon]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n", own},
		{"the other half", "jon", "[profile jon]\naws_secret_access_key = s\n", own},
		{"the halves in two files", "jon", "[profile jon]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\n---\n[jon]\naws_secret_access_key = s\n", own},
		{"a broken section of keys", "jon", "\n---\n[jon]\naws_access_key_id AKIA\n", own},
		{"one that is there twice", "jon", "[profile jon]\n\n---\n[jon]\naws_access_key_id = a\n[jon]\naws_access_key_id = b\n", own},
		{"a broken [default] of keys", "jon", "\n---\n[default]\naws_access_key_id AKIA\n", own},
		{"an empty region", "jon", "[profile jon]\nregion =\n", own},
		{"a duration of 0", "dev", dev + "duration_seconds = 0\n", role},
		{"empty settings", "dev", dev + "region =\nduration_seconds =\nmfa_serial =\nexternal_id =\nrole_session_name =\nca_bundle =\n\n---\n[jon]\naws_access_key_id =\n", role},
		{"a placeholder of the source of a role", "dev", dev + "\n---\n[jon]\naws_access_key_id = foo\naws_secret_access_key = bar\n", role},
		{"a broken section of the source of a role", "dev", dev + "\n---\n[jon]\njunk\n", role},
		{"half a key of a profile with a role", "dev", dev + "\n---\n[dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n", role},
		{"a placeholder of a profile with a role", "dev", dev + "aws_access_key_id = foo\naws_secret_access_key = bar\n", role},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := resolve.NewPlan(inputs(t, test.profile, test.config, nil))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, p.Steps); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	for _, test := range []struct{ name, profile, config, want string }{
		{"half a key that is used", "dev", "[profile dev]\n\n---\n[dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n", "credentials:2: aws_access_key_id without aws_secret_access_key"},
		{"half a key of a source without a stored one", "dev", "[profile dev]\nrole_arn = " + ops + "\nsource_profile = base\n[profile base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n", "config:5: aws_access_key_id without aws_secret_access_key"},
		{"a broken section that keys are wanted from", "dev", "[profile dev]\n\n---\n[dev]\njunk\n", `credentials:2: line is neither "key = value" nor a comment`},
		{"a broken section that has a role beside a stored key", "jon", "\n---\n[jon]\nrole_arn = " + ops + "\njunk\n", `credentials:3: line is neither "key = value" nor a comment`},
		{"a broken section of settings", "jon", "[profile jon]\njunk\n", `config:2: line is neither "key = value" nor a comment`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := resolve.NewPlan(inputs(t, test.profile, test.config, nil))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
