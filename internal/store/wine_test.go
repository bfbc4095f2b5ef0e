//go:build linux

package store_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/tests/need"
)

// The Windows build of this package's tests, and of the library that stands for
// aws-vault, on the Credential Manager of Wine.
func TestWinCredUnderWine(t *testing.T) {
	const debian = "wine wine64 binutils-mingw-w64-x86-64"
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/lib/wine")
	wine := need.Program(t, "wine64", debian)
	as := need.Program(t, "x86_64-w64-mingw32-as", debian)
	ld := need.Program(t, "x86_64-w64-mingw32-ld", debian)

	dir := t.TempDir()
	environ := append(os.Environ(), "WINEPREFIX="+filepath.Join(dir, "wine"), "WINEARCH=win64", "WINEDEBUG=-all",
		"WINEDLLOVERRIDES=mscoree=;mshtml=;winemenubuilder.exe=", "DISPLAY=")
	const (
		accessViolation = "0xc0000005"
		// Wine 8 keeps a credential in several steps: another process can see the first alone.
		registryTorn = "Registry is corrupt"
	)
	try := func(name string, args ...string) (string, error) {
		t.Helper()
		// Under load a program in Wine now and then waits for ever for what has happened.
		bounded, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(bounded, name, args...)
		cmd.Env = environ
		file, err := os.Create(filepath.Join(dir, "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		cmd.Stdout, cmd.Stderr = file, file // Wine's server would keep a pipe open
		err = cmd.Run()
		out, _ := os.ReadFile(file.Name())
		return string(out), err
	}
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := try(name, args...); err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
	}
	build := func(name, of string, args ...string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		cmd := exec.Command("go", append(args, "-o", path, of)...)
		cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %q: %v\n%s", args, err, out)
		}
		return path
	}
	tests, library := build("tests.exe", ".", "test", "-c"), build("library.exe", "./testdata/library", "build")

	run("wineboot", "-i")
	t.Cleanup(func() {
		// The second waits until it has ended, and writes no more where all is removed.
		for _, how := range []string{"-k", "-w"} {
			end := exec.Command("wineserver", how)
			end.Env = environ
			end.Run()
		}
	})
	// Go's runtime needs a DLL that Wine 8 has not: one function, which is another's.
	system := filepath.Join(dir, "wine", "drive_c", "windows", "system32", "bcryptprimitives.dll")
	if _, err := os.Stat(system); err != nil {
		shim := filepath.Join(dir, "shim")
		write := func(extension, text string) {
			if err := os.WriteFile(shim+extension, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(".def", "LIBRARY bcryptprimitives.dll\nEXPORTS\nProcessPrng = advapi32.SystemFunction036\n")
		write(".s", ".globl DllMain\nDllMain:\n movl $1,%eax\n ret\n")
		run(as, shim+".s", "-o", shim+".o")
		run(ld, "-shared", "-e", "DllMain", "-s", "-o", system, shim+".o", shim+".def")
	}
	environ = append(environ, libraryVariable+"=Z:"+strings.ReplaceAll(library, "/", `\`))
	// One at a time: Wine's Credential Manager is not made for many credentials.
	for _, name := range []string{"TestNamesThatDifferInCaseAreNotMixedUp", "TestFileNames", "TestFilesThatDifferInCaseAreNotMixedUp",
		"TestSessionsOfFilesGoToTheCredentialManager", "TestALogOnWithoutCredentials", "TestOPConnect", "TestWinCred"} {
		out, err := "", error(nil)
		for range 5 {
			// Wine itself fails now and then, here or in a program that the test has
			// started: without a verdict, or with one of these. Then once more.
			out, err = try(wine, tests, "-test.v", "-test.run", "^"+name+"$")
			if err == nil || strings.Contains(out, "--- FAIL") && !strings.Contains(out, accessViolation) && !strings.Contains(out, registryTorn) {
				break
			}
			t.Logf("Wine failed; once more:\n%s", out)
		}
		if err != nil || !strings.Contains(out, "--- PASS: "+name) {
			t.Errorf("%s did not pass: %v\n%s", name, err, out)
		}
	}
}
