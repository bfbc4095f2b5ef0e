//go:build unix

package readers

import (
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// What is refused unless a flag allows it: a role, and version 1 of the metadata service.
func TestWhatAFlagAllows(t *testing.T) {
	need.Program(t, "curl", "curl")
	w := world.New(t)
	if err := w.WriteConfig(world.Config + "\n[profile one]\nsource_profile = plain\nrole_arn = arn:aws:iam::111122223333:role/hop1\n"); err != nil {
		t.Fatal(err)
	}
	const hop, other = "arn:aws:iam::111122223333:role/hop1", "arn:aws:iam::111122223333:role/reader"
	printed := serving(t, w, "plain", "dev", "--allow-role", "arn:aws:iam::*:role/hop*")
	out, errs := shell(t, w, w.Environ(), "eval \"$(head -n 3 "+quote(printed)+")\"", `
for arn in `+hop+` `+other+`; do curl -sS -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI/role-arn/$arn"; echo; done`)
	if lines := strings.Split(out, "\n"); !strings.Contains(lines[0], `"RoleArn":"`+hop+`"`) || lines[1] != `{"code":"Refused","message":"vault: plain: that role cannot be asked for here"}` {
		t.Errorf("%.400s\n%s", out, errs)
	}

	for _, flags := range [][]string{{"--server"}, {"--server", "--read-only"}} {
		args := append(append([]string{"exec", "one"}, flags...), "--", "bash", "-c", `curl -sS -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI/role-arn/arn:aws:iam::111122223333:role/hop2"`)
		out, errs, status := w.Run(nil, args...)
		if narrowed := len(flags) > 1; status != 0 || narrowed != strings.Contains(out, "one: roles cannot be asked for here") || narrowed == strings.Contains(out, "ASIA") {
			t.Errorf("%v: status %d, %.200s\n%s", flags, status, out, errs)
		}
	}

	ask := `curl -sS "${AWS_EC2_METADATA_SERVICE_ENDPOINT}latest/meta-data/iam/security-credentials/"`
	if out, errs, status := w.Run(nil, "exec", "dev", "--ec2-server", "--", "bash", "-c", ask); !strings.Contains(out, "only version 2 of the instance metadata protocol") || status != 0 {
		t.Errorf("version 1: status %d, %s\n%s", status, out, errs)
	}
	if out, errs, status := w.Run(nil, "exec", "dev", "--ec2-server", "--imdsv1", "--", "bash", "-c", ask); out != "local-credentials" || status != 0 {
		t.Errorf("version 1, allowed: status %d, %s\n%s", status, out, errs)
	}
}
