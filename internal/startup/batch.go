package startup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
)

// Batch writes the batch file that replaces the hook in cmd.exe. cmd.exe has no start-up file,
// but Clink adds one.
type Batch struct {
	StateDir string
	Tilde    func(path string) string // shortens a path for people
	Say      func(text string)        // tells the person a line
	Done     func(text string)        // tells them what was done
}

// Write writes the file, and says how to make a command of it.
func (b Batch) Write(text string) error {
	path := b.path()
	if err := disk.Replace(path, []byte(text), disk.Options{MakeDir: true}); err != nil {
		return fmt.Errorf("write %s: %w", b.Tilde(path), disk.Cause(err))
	}
	macro := fmt.Sprintf(`doskey vault="%s" $*`, path)
	b.Done("wrote " + b.Tilde(path))
	b.Say("    this window: " + macro)
	b.Say(`    each window: with Clink, put that line into %LOCALAPPDATA%\clink\clink_start.cmd; without, start cmd.exe by: cmd /k ` + macro)
	b.Say("    in a batch file: call \"" + path + "\" use PROFILE")
	return nil
}

// Remove removes the file. It then says where the person may have put the macro.
func (b Batch) Remove() error {
	switch err := os.Remove(b.path()); {
	case errors.Is(err, fs.ErrNotExist):
		b.Done("no hook for cmd.exe")
		return nil
	case err != nil:
		return fmt.Errorf("remove %s: %w", b.Tilde(b.path()), disk.Cause(err))
	}
	b.Done("removed " + b.Tilde(b.path()))
	b.Say("    this window: doskey vault=")
	b.Say(`    Clink: take the line out of %LOCALAPPDATA%\clink\clink_start.cmd`)
	return nil
}

func (b Batch) path() string { return filepath.Join(b.StateDir, "cmd", "vault.cmd") }

// NeedCmd returns the error of use, off and refresh in cmd.exe, which has no functions. The
// hint gives a line for cmd.exe that has the same effect; a batch file needs each % twice.
func NeedCmd(command string) error {
	words := command
	switch command {
	case "use":
		words = "use PROFILE"
	case "region":
		words = "region REGION"
	}
	recipe := fmt.Sprintf(`for /f "eol=: tokens=1* delims==" %%i in ('vault __shell cmd -- %s') do @set "%%i=%%j"`, words)
	return fault.NewUsage(fmt.Sprintf("cmd.exe has no hook, so %q cannot change it", command), recipe+"   (shorter: vault init cmd; one command: vault exec PROFILE -- CMD)")
}
