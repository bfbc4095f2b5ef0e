// Package need checks what a test needs from the machine. If something is missing, it skips the
// test with a line that says what to install. On CI, where .ci/run has installed everything, it
// fails the test. It collects the lines in the file that VAULT_TESTS_LACK names. `make test`
// prints each of them once at its end.
package need

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of a program. debian is the Debian package that contains it.
func Program(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "apt-get install "+debian)
	}
	return path
}

const powershell = `PowerShell 7, or PATH="$(../shared/pwsh/install):$PATH"`

// Pwsh returns the path of PowerShell 7.
func Pwsh(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("pwsh")
	if err != nil {
		Missing(t, powershell)
	}
	return path
}

// Has reports whether a program is installed. Without the program the test checks less. Like
// Missing it must be called by the goroutine of the test.
func Has(t testing.TB, name, debian string) bool {
	t.Helper()
	install := "apt-get install " + debian
	if name == "pwsh" {
		install = powershell
	}
	if _, err := exec.LookPath(name); err == nil {
		return true
	}
	if onCI() {
		t.Fatalf("missing on CI, where .ci/run should have installed it: %s", install)
	}
	lack(install)
	t.Logf("to see all of this test: %s", install)
	return false
}

// Root skips a test that only root can run. CI runs the tests as root and as an
// ordinary user.
func Root(t testing.TB, why string) {
	t.Helper()
	if os.Geteuid() != 0 {
		lack("be root, " + why)
		t.Skipf("to run this test: be root, %s", why)
	}
}

// User skips a test that root cannot run.
func User(t testing.TB, why string) {
	t.Helper()
	if os.Geteuid() == 0 {
		lack("be an ordinary user, " + why)
		t.Skipf("to run this test: be an ordinary user, %s", why)
	}
}

// Bonus skips a test, even on CI. It is for programs that no Debian package contains.
func Bonus(t testing.TB, install string) {
	t.Helper()
	lack(install)
	t.Skipf("to run this test as well: %s", install)
}

// Missing skips the test, or fails it on CI.
func Missing(t testing.TB, install string) {
	t.Helper()
	if onCI() {
		t.Fatalf("missing on CI, where .ci/run should have installed it: %s", install)
	}
	lack(install)
	t.Skipf("to run this test: %s", install)
}

func onCI() bool { return os.Getenv("CI") != "" }

// lack records a line for the end of `make test`.
func lack(install string) {
	path := os.Getenv("VAULT_TESTS_LACK")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return // the test says it too
	}
	defer f.Close()
	fmt.Fprintln(f, install) // one write: whole, whatever other tests write meanwhile
}

// Nu returns the path of nushell. No Debian package contains it, but an npm package does.
func Nu(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("nu")
	if err != nil {
		Missing(t, `nushell: npm install --ignore-scripts --prefix DIR nushell@0.108.0; PATH="DIR/node_modules/@nushell/linux-x64/bin:$PATH"`)
	}
	return path
}
