// Package need says what a test needs from the machine. What is missing skips
// the test with a line that says what to install; on CI, where .ci/run has
// installed it, it fails the test.
package need

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of a program, which the Debian package named has.
func Program(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "apt-get install "+debian)
	}
	return path
}

// Pwsh returns the path of PowerShell 7.
func Pwsh(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("pwsh")
	if err != nil {
		Missing(t, `PowerShell 7, or PATH="$(../shared/pwsh/install):$PATH"`)
	}
	return path
}

// Missing skips the test, or fails it on CI.
func Missing(t testing.TB, install string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("missing on CI, where .ci/run should have installed it: %s", install)
	}
	t.Skipf("to run this test: %s", install)
}
