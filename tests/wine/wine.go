//go:build linux

// Package wine runs programs for Windows in tests: a Wine with a directory of its own,
// which starts in eleven seconds and ends with the test.
//
// It does not know what the programs are. Wine is not Windows: what it cannot do (see
// docs/contributing/tests.md) is no evidence of anything.
package wine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/tests/need"
)

// Wine is one that runs.
type Wine struct {
	t       testing.TB
	Dir     string   // for the test's files; Z: is the whole machine
	Environ []string // of its programs
	wine64  string
	shim    string // the DLL
}

// Debian has the programs.
const debian = "wine wine64 binutils-mingw-w64-x86-64"

// Start starts one.
func Start(t testing.TB) *Wine {
	t.Helper()
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/lib/wine")
	w := &Wine{t: t, Dir: t.TempDir(), wine64: need.Program(t, "wine64", debian)}
	as, ld := need.Program(t, "x86_64-w64-mingw32-as", debian), need.Program(t, "x86_64-w64-mingw32-ld", debian)
	w.Environ = append(os.Environ(), "WINEPREFIX="+w.prefix(), "WINEARCH=win64", "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree=;mshtml=;winemenubuilder.exe=", "DISPLAY=")
	t.Cleanup(w.end)
	// Go's runtime needs a DLL that Wine 8 has not: one function, which is another's.
	w.shim = filepath.Join(w.Dir, "shim.dll")
	shim := filepath.Join(w.Dir, "shim")
	w.Write("shim.def", "LIBRARY bcryptprimitives.dll\nEXPORTS\nProcessPrng = advapi32.SystemFunction036\n")
	w.Write("shim.s", ".globl DllMain\nDllMain:\n movl $1,%eax\n ret\n")
	w.run(as, shim+".s", "-o", shim+".o")
	w.run(ld, "-shared", "-e", "DllMain", "-s", "-o", w.shim, shim+".o", shim+".def")
	w.boot()
	return w
}

func (w *Wine) prefix() string { return filepath.Join(w.Dir, "wine") }

// boot makes a new Windows.
func (w *Wine) boot() {
	w.t.Helper()
	w.run("wineboot", "-i")
	system := filepath.Join(w.prefix(), "drive_c", "windows", "system32", "bcryptprimitives.dll")
	if _, err := os.Stat(system); err == nil {
		return
	}
	dll, err := os.ReadFile(w.shim)
	if err == nil {
		err = os.WriteFile(system, dll, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// end ends it. The second call waits until it has ended, and writes no more where all is
// removed.
func (w *Wine) end() {
	for _, how := range []string{"-k", "-w"} {
		bounded, cancel := context.WithTimeout(context.Background(), patience)
		end := exec.CommandContext(bounded, "wineserver", how)
		end.Env = w.Environ
		end.Run()
		cancel()
	}
}

// anew puts another Windows in its place: one in which a program crashed may keep half of
// what the program stored.
func (w *Wine) anew() {
	w.t.Helper()
	w.end()
	if err := os.RemoveAll(w.prefix()); err != nil {
		w.t.Fatal(err)
	}
	w.boot()
}

func (w *Wine) run(name string, args ...string) {
	w.t.Helper()
	if out, err := w.Try(Call{}, name, args...); err != nil {
		w.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

// Write writes a file into the test's directory.
func (w *Wine) Write(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// Path is a path of this machine as Windows has it.
func Path(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

// Build builds a package for Windows, into the test's directory.
func (w *Wine) Build(name, of string, args ...string) string {
	w.t.Helper()
	path := filepath.Join(w.Dir, name)
	cmd := exec.Command("go", append(append(args, "-o", path), of)...)
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("go %q: %v\n%s", args, err, out)
	}
	return path
}

// failed tells what is Wine's failure and no program's: an access violation, and a
// credential that Wine 8, which keeps it in several steps, shows half written.
func failed(out string) bool {
	return strings.Contains(out, "0xc0000005") || strings.Contains(out, "Registry is corrupt")
}

// Call is how a program is called.
type Call struct {
	Dir     string
	Input   string
	Environ []string // besides that of Wine
}

// patience is for a busy machine. Under load a program in Wine now and then waits for
// ever for what has happened.
const patience = 2 * time.Minute

// Try runs a program of this machine, and returns what it prints.
func (w *Wine) Try(c Call, name string, args ...string) (string, error) {
	w.t.Helper()
	bounded, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(bounded, name, args...)
	cmd.Env, cmd.Dir = append(w.Environ[:len(w.Environ):len(w.Environ)], c.Environ...), c.Dir
	cmd.Stdin = strings.NewReader(c.Input)
	file, err := os.CreateTemp(w.Dir, "out")
	if err != nil {
		w.t.Fatal(err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	cmd.Stdout, cmd.Stderr = file, file // Wine's server would keep a pipe open
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	out, _ := os.ReadFile(file.Name())
	return strings.ReplaceAll(string(out), "\r\n", "\n"), err
}

// Run runs a program for Windows, and returns what it prints and its status. What
// Wine fails in, or does not end in time, is run again.
func (w *Wine) Run(c Call, program string, args ...string) (out string, status int) {
	w.t.Helper()
	for range 5 {
		var err error
		out, err = w.Try(c, w.wine64, append([]string{program}, args...)...)
		exit, _ := err.(*exec.ExitError)
		switch {
		case err == nil:
			return out, 0
		case exit != nil && exit.ExitCode() >= 0 && exit.ExitCode() != 5 && !failed(out):
			return out, exit.ExitCode()
		}
		w.t.Logf("Wine crashed (%v); once more:\n%s", err, out)
	}
	w.t.Fatalf("Wine does not run %s %q:\n%s", program, args, out)
	return "", 0
}

// Tests runs tests of a binary that Build made, one after the other: all that is named
// has to pass.
func (w *Wine) Tests(c Call, binary string, names ...string) {
	w.t.Helper()
	for _, name := range names {
		out, err := "", error(nil)
		for range 5 {
			out, err = w.Try(c, w.wine64, binary, "-test.v", "-test.run", "^"+name+"$")
			if err == nil || strings.Contains(out, "--- FAIL") && !failed(out) {
				break
			}
			w.t.Logf("Wine failed; once more:\n%s", out)
			w.anew()
		}
		if err != nil || !strings.Contains(out, fmt.Sprintf("--- PASS: %s", name)) {
			w.t.Errorf("%s did not pass: %v\n%s", name, err, out)
		}
	}
}
