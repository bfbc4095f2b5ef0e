package tests

import (
	"os/exec"
	"strings"
	"testing"

	"awsvault/tests/world"
)

// What every shell runs when it starts must not wait for what only other commands
// need (see cmd/instant).
func TestHookAndVersionAnswerBeforeTheRestIsInitialised(t *testing.T) {
	for _, args := range [][]string{{"hook", "zsh"}, {"version"}, {"__complete", "bash", "use", ""}, {"__complete", "zsh", ""}} {
		cmd := exec.Command(world.Program(t), args...)
		cmd.Env = []string{"GODEBUG=inittrace=1", "HOME=" + t.TempDir()}
		var trace strings.Builder
		cmd.Stderr = &trace
		if out, err := cmd.Output(); err != nil || len(out) == 0 && args[0] != "__complete" {
			t.Fatalf("%v: %v %s", args, err, out)
		}
		for _, late := range []string{"github.com/alecthomas/kong", "github.com/99designs/keyring", "service/sts", "init net/http ", "github.com/godbus"} {
			if strings.Contains(trace.String(), late) {
				t.Errorf("%v: %s is initialised first", args, late)
			}
		}
		if !strings.Contains(trace.String(), "init awsvault") && !strings.Contains(trace.String(), "init os ") {
			t.Errorf("%v: nothing was traced: %q", args, trace.String())
		}
	}
}
