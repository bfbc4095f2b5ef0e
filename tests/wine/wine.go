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
	"strconv"
	"strings"
	"syscall"
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
	w := &Wine{t: t, Dir: t.TempDir(), wine64: loader(t)}
	w.Environ = append(os.Environ(), "WINEPREFIX="+w.prefix(), "WINEARCH=win64", "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree=;mshtml=;winemenubuilder.exe=", "DISPLAY=")
	t.Cleanup(w.end)
	w.boot()
	version, _ := w.Try(Call{}, w.wine64, "--version")
	w.Environ = append(w.Environ, Version+"="+strings.TrimPrefix(version, "wine-"))
	return w
}

// Version is the variable that tells a test in Wine which one it is in.
const Version = "VAULT_TESTS_WINE"

// loader is the program that runs others: Wine 10 has one name for it.
func loader(t testing.TB) string {
	need.Program(t, "wineboot", debian) // Debian's wine64 is found without PATH, the rest is not
	if path, err := exec.LookPath("wine64"); err == nil {
		return path
	}
	return need.Program(t, "wine", debian)
}

// Loader is the program of this machine that runs a program for Windows.
func (w *Wine) Loader() string { return w.wine64 }

// Major is its version: 8 in Debian bookworm, 10 in trixie.
func (w *Wine) Major() int {
	for _, entry := range w.Environ {
		if text, ok := strings.CutPrefix(entry, Version+"="); ok {
			major, _ := strconv.Atoi(text[:strings.IndexAny(text+".", ".")])
			return major
		}
	}
	return 0
}

// system32 is where a DLL belongs.
func (w *Wine) system32(dll string) string {
	return filepath.Join(w.prefix(), "drive_c", "windows", "system32", dll)
}

// makeShim makes the DLL that Go's runtime needs and Wine 8 has not: one function, which
// is another's.
func (w *Wine) makeShim() {
	w.t.Helper()
	as, ld := need.Program(w.t, "x86_64-w64-mingw32-as", debian), need.Program(w.t, "x86_64-w64-mingw32-ld", debian)
	w.shim = filepath.Join(w.Dir, "shim.dll")
	shim := filepath.Join(w.Dir, "shim")
	w.Write("shim.def", "LIBRARY bcryptprimitives.dll\nEXPORTS\nProcessPrng = advapi32.SystemFunction036\n")
	w.Write("shim.s", ".globl DllMain\nDllMain:\n movl $1,%eax\n ret\n")
	w.run(as, shim+".s", "-o", shim+".o")
	w.run(ld, "-shared", "-e", "DllMain", "-s", "-o", w.shim, shim+".o", shim+".def")
}

func (w *Wine) prefix() string { return filepath.Join(w.Dir, "wine") }

// boot makes a new Windows.
func (w *Wine) boot() {
	w.t.Helper()
	w.run("wineboot", "-i")
	system := w.system32("bcryptprimitives.dll")
	if _, err := os.Stat(system); err == nil {
		return
	}
	if w.shim == "" {
		w.makeShim()
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
//
// What a program had started that was ended for its time stays: it waits for its parent,
// and Wine's server for it. Debian's server is found by a link in its directory, which a
// second server replaces that was started because the first did not answer in time: then
// -k reaches the second. So what has this directory in its environment is ended by its
// process id.
func (w *Wine) end() {
	for _, how := range []string{"-k", "-w"} {
		if how == "-w" {
			w.endLeft()
		}
		bounded, cancel := context.WithTimeout(context.Background(), patience)
		end := exec.CommandContext(bounded, "wineserver", how)
		end.Env = w.Environ
		end.Run()
		cancel()
	}
}

// endLeft ends the processes of this Wine that are left.
func (w *Wine) endLeft() {
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		left := w.left()
		if len(left) == 0 {
			return
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// left are the processes whose environment names this Wine's directory.
func (w *Wine) left() (left []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range all {
		environ, err := os.ReadFile(path)
		if err == nil && strings.Contains("\x00"+string(environ), "\x00WINEPREFIX="+w.prefix()+"\x00") {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
				left = append(left, pid)
			}
		}
	}
	return left
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
