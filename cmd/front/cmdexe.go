package front

import (
	"fmt"
	"path/filepath"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
)

// InitCmd writes the batch file that stands for the hook in cmd.exe, and says how to make
// a word of it. cmd.exe has no start-up file: Clink brings one.
func (w *World) InitCmd(text string) error {
	path := filepath.Join(w.StateDir(), "cmd", "vault.cmd")
	if err := disk.Replace(path, []byte(text), disk.Options{MakeDir: true}); err != nil {
		return fmt.Errorf("write %s: %w", w.Tilde(path), disk.Cause(err))
	}
	macro := fmt.Sprintf(`doskey vault="%s" $*`, path)
	w.Say(fmt.Sprintf("%s  wrote %s", w.OK(), w.Tilde(path)))
	w.Say("    this window: " + macro)
	w.Say(`    each window: with Clink, put that line into %LOCALAPPDATA%\clink\clink_start.cmd; without, start cmd.exe by: cmd /k ` + macro)
	w.Say("    in a batch file: call \"" + path + "\" use PROFILE")
	return nil
}

// NeedCmd is the error of use, off and refresh in cmd.exe, which has no functions: it says
// what a line of it can do. (In a batch file a % is two.)
func NeedCmd(command string) error {
	words := command
	if command == "use" {
		words = "use PROFILE"
	}
	recipe := fmt.Sprintf(`for /f "eol=: tokens=1* delims==" %%i in ('vault __shell cmd -- %s') do @set "%%i=%%j"`, words)
	return fault.NewUsage(fmt.Sprintf("cmd.exe has no hook, so %q cannot change it", command), recipe+"   (shorter: vault init cmd; one command: vault exec PROFILE -- CMD)")
}
