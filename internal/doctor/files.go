package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/line"
)

// Path is a file or a directory with the largest mode that it may have.
type Path struct {
	Path  string
	Shown string      // as displayed
	Most  fs.FileMode // permission bits that it may have at most
	Worst State       // how bad a larger mode is
	Why   string      // what others could do, to complete a sentence
}

// Modes finds files that are open to other users, and can fix them. A missing file is no
// problem. It finds nothing where modes mean nothing: on Windows, and on a mount that only the
// user can access (mine is as in [disk.Rule]).
func Modes(goos string, paths []Path, mine func(disk.Mount) bool) (found []Finding) {
	if goos == "windows" {
		return nil
	}
	for _, p := range paths {
		info, err := os.Lstat(p.Path)
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			info, err = os.Stat(p.Path)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			found = append(found, Finding{State: Problem, Text: fmt.Sprintf("%s cannot be looked at: %v", p.Shown, disk.Cause(err))})
			continue
		}
		mode := info.Mode().Perm()
		if mode&^p.Most == 0 || !info.Mode().IsRegular() && !info.IsDir() {
			continue
		}
		if (disk.Rule{UID: os.Geteuid(), Mine: mine}).Alone(p.Path) {
			continue
		}
		better, hint := mode&p.Most, ""
		if point := disk.Suspect(p.Path); point != "" {
			hint = fmt.Sprintf("   or, if only you can reach %s: vault allow --mount %s", point, line.Word(point))
		}
		found = append(found, Finding{
			State: p.Worst,
			Text:  fmt.Sprintf("%s has mode %03o: %s", p.Shown, mode, p.Why),
			Hint:  fmt.Sprintf("chmod %03o %s", better, wordOf(p)) + hint,
			Fix:   func() error { return lessen(p, info) },
		})
	}
	return found
}

// wordOf returns a path as a person types it: a quoted ~ would be another directory.
func wordOf(p Path) string {
	if rest := strings.TrimPrefix(p.Shown, "~/"); line.Word(rest) == rest {
		return p.Shown
	}
	return line.Word(p.Path)
}

// lessen removes permissions from the file that was seen, through an open handle: in a
// directory that others can write, the name may lead to another file by now.
func lessen(p Path, seen fs.FileInfo) error { return lessenBy(p, seen, (*os.File).Chmod) }

func lessenBy(p Path, seen fs.FileInfo, chmod func(*os.File, fs.FileMode) error) error {
	f, err := os.Open(p.Path)
	if err != nil {
		return disk.Cause(err)
	}
	defer f.Close()
	now, err := f.Stat()
	if err != nil {
		return disk.Cause(err)
	}
	if !os.SameFile(now, seen) {
		return errors.New("it is another file now")
	}
	if err := chmod(f, now.Mode().Perm()&p.Most); err != nil {
		return disk.Cause(err)
	}
	// Some file systems report success and store no modes.
	if now, err = f.Stat(); err != nil {
		return disk.Cause(err)
	}
	if mode := now.Mode().Perm(); mode&^p.Most != 0 {
		return fmt.Errorf("it still has mode %03o, so this file system stores no modes", mode)
	}
	return nil
}

// Age is the minimum age of a leftover: no write takes that long.
const Age = time.Hour

// Leftovers finds this program's temporary files in some directories. If they are old enough,
// a killed process left them, and they can be removed.
func Leftovers(dirs []string, shown func(path string) string, now time.Time) (found []Finding) {
	seen := map[string]bool{}
	for _, dir := range dirs {
		if !filepath.IsAbs(dir) || seen[filepath.Clean(dir)] {
			continue
		}
		seen[filepath.Clean(dir)] = true
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			path := filepath.Join(dir, entry.Name())
			info, err := entry.Info()
			if err != nil || !disk.Leftover(entry.Name()) || !info.Mode().IsRegular() || now.Sub(info.ModTime()) < Age {
				continue
			}
			found = append(found, Finding{
				State: Warning,
				Text:  shown(path) + " was left behind by a vault that was killed",
				Hint:  "vault doctor --fix removes it",
				Fix:   func() error { return disk.Cause(os.Remove(path)) },
			})
		}
	}
	return found
}

// Literal escapes a directory for use in a pattern.
func Literal(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}
