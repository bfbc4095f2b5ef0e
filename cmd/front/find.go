package front

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// findProgram is the file that a shell would run for a name. told: what a person should
// know about it.
func findProgram(name, path string) (found, told string, err error) {
	if name == "" {
		return "", "", fault.Of(NotFound, errors.New("the name of the command is empty"))
	}
	found, err = exec.LookPath(name)
	switch {
	case (err == nil || errors.Is(err, exec.ErrDot)) && isScript(found):
		return "", "", fault.Hinted(fault.Of(CannotRun, fmt.Errorf("%s is a script, which Windows cannot run by itself", name)), scriptHint(found))
	case err == nil:
		return found, "", nil
	case errors.Is(err, exec.ErrDot) && runtime.GOOS == "windows":
		return notHere(name, path)
	case errors.Is(err, exec.ErrDot):
		return found, "", nil // the person put it into PATH, and every shell runs it
	case strings.ContainsRune(name, filepath.Separator) && !errors.Is(err, fs.ErrNotExist):
		return "", "", fault.Of(CannotRun, fmt.Errorf("%s: %w", name, errors.Unwrap(err)))
	}
	for _, dir := range filepath.SplitList(path) {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() && !strings.ContainsRune(name, filepath.Separator) {
			return "", "", fault.Of(CannotRun, fmt.Errorf("%s: not executable", filepath.Join(dir, name)))
		}
	}
	err = fault.Of(NotFound, fmt.Errorf("%s: command not found", name))
	if hint := commandHint(runtime.GOOS, name); hint != "" {
		err = fault.Hinted(err, hint)
	}
	return "", "", err
}

// notHere finds a program that is in the current directory too: that one is not run
// unless it is named so. cmd.exe would run it, and so would a repository decide what
// terraform is.
func notHere(name, path string) (found, told string, err error) {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return found, fmt.Sprintf(`vault: note: %s is run, not the %s in this directory, which is .\%s`, found, name, name), nil
		}
	}
	return "", "", fault.Hinted(fault.Of(NotFound, fmt.Errorf("%s: there is one in this directory only", name)), `to run it: .\`+name)
}

// isScript tells of a file with which Windows can do nothing by itself.
func isScript(path string) bool {
	return runtime.GOOS == "windows" && scriptHint(path) != ""
}

// scriptHint is what runs a file of that kind.
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

// commandHint is for what is no program, but a command of a shell.
func commandHint(goos, name string) string {
	if goos != "windows" {
		return ""
	}
	const ofCmd = " assoc break call cd chdir cls color copy date del dir echo endlocal erase exit for ftype goto if md mkdir mklink move path pause popd prompt pushd rd rem ren rename rmdir set setlocal shift start time title type ver verify vol "
	verb, noun, cmdlet := strings.Cut(name, "-")
	switch {
	case strings.Contains(ofCmd, " "+strings.ToLower(name)+" "):
		return fmt.Sprintf("%s is a command of cmd.exe: -- cmd /c %s", name, name)
	case cmdlet && verb != "" && noun != "" && verb[0] >= 'A' && verb[0] <= 'Z' && !strings.ContainsAny(noun, "-."):
		return fmt.Sprintf("%s is a command of PowerShell: -- powershell -Command %s", name, name)
	}
	return ""
}
