package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// The exit statuses of a shell for a program that could not be run.
const (
	CannotRun fault.Kind = 126
	NotFound  fault.Kind = 127
)

// Finder finds programs as a shell does.
type Finder struct {
	GOOS string
	Path string                            // the value of PATH
	Look func(name string) (string, error) // [exec.LookPath]
}

// Find returns the file that a shell would run for a name. told is a note for the person.
func (f Finder) Find(name string) (found, told string, err error) {
	if name == "" {
		return "", "", fault.Of(NotFound, errors.New("the name of the command is empty"))
	}
	found, err = f.Look(name)
	switch {
	case (err == nil || errors.Is(err, exec.ErrDot)) && f.GOOS == "windows" && scriptHint(found) != "":
		return "", "", fault.Hinted(fault.Of(CannotRun, fmt.Errorf("%s is a script, which Windows cannot run by itself", name)), scriptHint(found))
	case err == nil:
		return found, "", nil
	case errors.Is(err, exec.ErrDot) && f.GOOS == "windows":
		return f.notHere(name)
	case errors.Is(err, exec.ErrDot):
		return found, "", nil // the person put it into PATH, and every shell runs it
	case f.GOOS == "windows" && strings.ContainsAny(name, `\/`) && errors.Is(err, exec.ErrNotFound):
		return "", "", noProgram(name)
	case strings.ContainsRune(name, filepath.Separator) && !errors.Is(err, fs.ErrNotExist):
		return "", "", fault.Of(CannotRun, fmt.Errorf("%s: %w", name, errors.Unwrap(err)))
	}
	for _, dir := range filepath.SplitList(f.Path) {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() && !strings.ContainsRune(name, filepath.Separator) {
			return "", "", fault.Of(CannotRun, fmt.Errorf("%s: not executable", filepath.Join(dir, name)))
		}
	}
	err = fault.Of(NotFound, fmt.Errorf("%s: command not found", name))
	if hint := commandHint(f.GOOS, name); hint != "" {
		err = fault.Hinted(err, hint)
	}
	return "", "", err
}

// noProgram returns the error for a path at which Windows has nothing to run. The path may
// lead to a folder, or to a file without the extension of a program.
func noProgram(name string) error {
	info, err := os.Stat(name)
	script, _ := os.Stat(name + ".ps1") // PowerShell would run it
	switch {
	case err == nil && info.IsDir():
		return fault.Of(CannotRun, fmt.Errorf("%s is a directory", name))
	case script != nil && script.Mode().IsRegular():
		return fault.Hinted(fault.Of(CannotRun, fmt.Errorf("%s.ps1 is a script, which Windows cannot run by itself", name)), scriptHint(name+".ps1"))
	case err == nil:
		return fault.Hinted(fault.Of(CannotRun, fmt.Errorf("%s is not a program: its name has no extension like .exe or .cmd", name)), "a script of a shell: -- bash "+line.Word(name))
	}
	return fault.Of(NotFound, fmt.Errorf("%s: command not found", name))
}

// notHere finds a program that also exists in the current directory. It does not return the
// one in the directory, which a person must name explicitly. cmd.exe would run that one, and a
// repository could then decide what terraform is.
func (f Finder) notHere(name string) (found, told string, err error) {
	for _, dir := range filepath.SplitList(f.Path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if found, err := f.Look(filepath.Join(dir, name)); err == nil {
			return found, fmt.Sprintf(`vault: note: %s is run, not the %s in this directory, which is .\%s`, found, name, name), nil
		}
	}
	return "", "", fault.Hinted(fault.Of(NotFound, fmt.Errorf("%s: there is one in this directory only", name)), `to run it: .\`+name)
}

// scriptHint returns the command that runs a script of this kind.
func scriptHint(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".ps1":
		return "-- powershell -File " + line.Word(path)
	case ".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh":
		return "-- cscript //nologo " + line.Word(path)
	case ".py", ".pyw":
		return "-- py " + line.Word(path)
	case ".sh":
		return "-- bash " + line.Word(path)
	}
	return ""
}

// commandHint returns a hint for a name that is not a program but a command of a shell.
func commandHint(goos, name string) string {
	if goos != "windows" {
		return ""
	}
	const ofCmd = " assoc break call cd chdir cls color copy date del dir echo endlocal erase exit for ftype goto if md mkdir mklink move path pause popd prompt pushd rd rem ren rename rmdir set setlocal shift start time title type ver verify vol "
	const ofPowerShell = " cat clear cp curl diff gc gci gi iex irm iwr kill ls man mount mv ps pwd rm select sleep tee wget " // aliases
	verb, noun, cmdlet := strings.Cut(name, "-")
	switch {
	case strings.Contains(ofCmd, " "+strings.ToLower(name)+" "):
		return fmt.Sprintf("%s is a command of cmd.exe: -- cmd /c %s", name, name)
	case strings.Contains(ofPowerShell, " "+strings.ToLower(name)+" "),
		cmdlet && verb != "" && noun != "" && verb[0] >= 'A' && verb[0] <= 'Z' && !strings.ContainsAny(noun, "-."):
		return fmt.Sprintf("%s is a command of PowerShell: -- powershell -Command %s", name, name)
	}
	return ""
}
