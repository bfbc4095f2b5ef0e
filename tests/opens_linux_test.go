package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// cmd/instant reads the AWS files to see whether there is a session for the call. If there is
// none, cmd uses what cmd/instant has read: with 10,000 profiles, reading takes half as long as
// an empty program.
func TestACallThatIsNotCachedOpensTheConfigOnce(t *testing.T) {
	strace := need.Program(t, "strace", "strace")
	w := world.New(t)
	for _, args := range [][]string{
		{"export", "dev", "--fresh"}, // instant does not look, and cmd reads the file
		{"export", "dev", "--region", "us-east-1"},
		{"credential-process", "dev", "--region", "us-east-2"},
		{"exec", "dev", "--region", "eu-west-1", "--", "true"}, // makes the key of the state
		{"exec", "dev", "--region", "eu-west-2", "--", "true"},
		{"__shell", "zsh", "--", "use", "dev", "--region", "eu-west-3"},
		{"export", "dev"}, // it is cached now
	} {
		trace := filepath.Join(t.TempDir(), "trace")
		cmd := exec.Command(strace, append([]string{"-f", "-q", "-o", trace, "-e", "trace=open,openat,openat2", world.Program(t)}, args...)...)
		cmd.Env = w.Environ()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		text, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), filepath.Join(w.Home, ".aws", "config")); n != 1 {
			t.Errorf("%v opens the config file %d times", args, n)
		}
	}
}
