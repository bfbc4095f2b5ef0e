package shells

import (
	"os/exec"
	"path/filepath"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// The files and what is rendered of them are valid for the shells' own parsers.
// (shellcheck reads bash.sh in `make check`.)
func TestTheHooksAreValidFilesOfTheirLanguage(t *testing.T) {
	root, err := world.Root()
	if err != nil {
		t.Fatal(err)
	}
	parse := map[string]func(t *testing.T, path string) *exec.Cmd{
		"bash": func(t *testing.T, p string) *exec.Cmd { return exec.Command(need.Program(t, "bash", "bash"), "-n", p) },
		"zsh": func(t *testing.T, p string) *exec.Cmd {
			return exec.Command(need.Program(t, "zsh", "zsh"), "-f", "-n", p)
		},
		"fish": func(t *testing.T, p string) *exec.Cmd {
			return exec.Command(need.Program(t, "fish", "fish"), "--no-execute", p)
		},
		"powershell": func(t *testing.T, p string) *exec.Cmd {
			return exec.Command(need.Pwsh(t), "-NoProfile", "-Command", "$null = [scriptblock]::Create((Get-Content -Raw '"+p+"'))")
		},
	}
	files := map[string]string{"bash": "bash.sh", "zsh": "zsh.zsh", "fish": "fish.fish", "powershell": "powershell.ps1"}
	for shell, file := range files {
		t.Run(shell, func(t *testing.T) {
			rendered, err := exec.Command(world.Program(t), "hook", shell).Output()
			if err != nil {
				t.Fatal(err)
			}
			for name, path := range map[string]string{
				"the file":     filepath.Join(root, "hooks", file),
				"the rendered": write(t, filepath.Join(t.TempDir(), file), string(rendered)),
			} {
				if out, err := parse[shell](t, path).CombinedOutput(); err != nil || len(out) > 0 {
					t.Errorf("%s: %v\n%s", name, err, out)
				}
			}
		})
	}
}
