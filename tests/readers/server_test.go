//go:build unix

package readers

import (
	"slices"
	"strings"
	"testing"

	"awsvault/tests/world"
)

// The program has no key, and is the role all the same: by a server of its own, which
// speaks as a container's does, as an instance's does, or both.
func TestEachReaderAsksTheServer(t *testing.T) {
	others := slices.DeleteFunc(slices.Clone(hostile), func(v string) bool {
		return strings.Contains(v, "REGION=") // exec's own setting, too
	})
	others = append(others, "AWS_EC2_METADATA_DISABLED=true", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6")
	inEach(t, func(t *testing.T, r reader, who string, w *world.World) {
		for _, c := range []struct{ flag, source string }{
			{"--server", "CredentialsEndpointProvider"},
			{"-s --lazy", "CredentialsEndpointProvider"},
			{"--ec2-server", "EC2RoleProvider"},
			{"--ecs-server --ec2-server", "CredentialsEndpointProvider"},
		} {
			out, errs := shell(t, w, w.Environ(others...),
				"vault exec dev "+c.flag+" -- bash -c "+quote("env | grep -cE '^AWS_[A-Z_]*(KEY|KEY_ID|SESSION_TOKEN)='; "+who)+" || exit",
			)
			keys, arn, _ := strings.Cut(strings.TrimSpace(out), "\n")
			arn, provider, _ := strings.Cut(arn, " ")
			if keys != "0" || arn != role {
				t.Errorf("%s: %s keys, %q\n%s", c.flag, keys, arn, errs)
			}
			if provider != "" && provider != region+" "+c.source {
				t.Errorf("%s: the SDK has them from %q", c.flag, provider)
			}
		}
	})
}
