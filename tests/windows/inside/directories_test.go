//go:build windows

package inside

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// run runs vault.
func run(args ...string) (string, error) {
	out, err := exec.Command(filepath.Join(os.Getenv("INSIDE_BIN"), "aws-vault.exe"), args...).CombinedOutput()
	return string(out), err
}

// atPrompt is what the hook of PowerShell is told in a directory.
func atPrompt(t *testing.T, dir string) string {
	t.Helper()
	out, err := run("__shell", "powershell", "--dir="+dir, "--", "prompt")
	if err != nil {
		t.Errorf("%s: %v\n%s", dir, err, out)
	}
	return out
}

const activates = "AWS_VAULT_SHELL_STATE"

// The decision about a file counts for each way to write its path, and for no other path.
func TestDirectoriesOfWindows(t *testing.T) {
	long := `C:\long` + strings.Repeat(`\`+strings.Repeat("d", 40), 7)
	for name, c := range map[string]struct {
		at, allow string
		dirs      []string // in these the file counts
		not       []string
	}{
		"case and slashes": {at: `C:\proj\Sub`, allow: `c:/PROJ/sub`, dirs: []string{`C:\proj\Sub`, `c:\proj\sub`, `c:/proj/SUB`, `C:\proj\Sub\below`}, not: []string{`C:\proj`}},
		"a drive":          {at: `P:\`, allow: `p:\`, dirs: []string{`P:\`, `p:\below`, `P:/below`}, not: []string{`C:\`}},
		"a share":          {at: `\\server\share\pay`, allow: `\\server\share\pay`, dirs: []string{`\\server\share\pay`, `\\SERVER\Share\pay\below`, `//server/share/pay`}, not: []string{`\\server\share`}},
		"a long path":      {at: long, allow: long, dirs: []string{long, strings.ToUpper(long), `\\?\` + long}, not: []string{filepath.Dir(long)}},
		// The path that the shell shows is the one that was allowed.
		"a folder that is a link": {at: `P:\link`, allow: `P:\link`, dirs: []string{`P:\link`, `p:\LINK\below`}, not: []string{`P:\real`}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(filepath.Join(c.at, "below"), 0o700); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(c.at, ".awsprofile")
			if err := os.WriteFile(file, []byte("plain\r\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(file)
			if out := atPrompt(t, c.dirs[0]); strings.Contains(out, activates) || !strings.Contains(out, "not trusted") {
				t.Errorf("before allow:\n%s", out)
			}
			if out, err := run("allow", c.allow); err != nil {
				t.Fatalf("allow: %v\n%s", err, out)
			}
			for _, dir := range c.dirs {
				if out := atPrompt(t, dir); !strings.Contains(out, activates) {
					t.Errorf("%s: it does not count:\n%s", dir, out)
				}
			}
			for _, dir := range c.not {
				if out := atPrompt(t, dir); strings.Contains(out, activates) {
					t.Errorf("%s: it counts:\n%s", dir, out)
				}
			}
			if out, err := run("deny", c.dirs[0]); err != nil {
				t.Fatalf("deny: %v\n%s", err, out)
			}
			if out := atPrompt(t, c.dirs[len(c.dirs)-1]); strings.Contains(out, activates) {
				t.Errorf("denied:\n%s", out)
			}
		})
	}
}

// A file that is a junction or a link is not followed.
func TestAJunctionIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	real := filepath.Join(dir, "real")
	if err := os.Mkdir(real, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cmd", "/c", "mklink", "/J", filepath.Join(dir, ".awsprofile"), real).CombinedOutput(); err != nil {
		t.Skipf("no junctions here: %s", out) // Wine 10
	}
	if out := atPrompt(t, dir); strings.Contains(out, activates) || !strings.Contains(out, "not followed") {
		t.Errorf("%s", out)
	}
}

// In a window of mintty without ConPTY a question would wait in a console that nothing is
// seen of. The streams are pipes of that name there.
func TestMinttyIsTold(t *testing.T) {
	name, err := windows.UTF16PtrFromString(`\\.\pipe\msys-1888ae32e00d56aa-pty0-from-master`)
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := windows.CreateNamedPipe(name, windows.PIPE_ACCESS_DUPLEX, windows.PIPE_TYPE_BYTE, 1, 4096, 4096, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CloseHandle(pipe)
	end, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	stdin := os.NewFile(uintptr(end), "mintty")
	defer stdin.Close()
	for _, c := range [][]string{{"add", "new"}, {"init", "bash"}} {
		var said bytes.Buffer
		cmd := exec.Command(filepath.Join(os.Getenv("INSIDE_BIN"), "aws-vault.exe"), c...)
		cmd.Stdin, cmd.Stderr = stdin, &said
		waits := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		_ = cmd.Run()
		if !waits.Stop() || cmd.ProcessState.ExitCode() != 3 || strings.Count(said.String(), "Put winpty in front") != 1 {
			t.Errorf("%q: %v\n%s", c, cmd.ProcessState, &said)
		}
	}
}
