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

// Path is a file or a directory with the mode that it may have at most.
type Path struct {
	Path  string
	Shown string      // how it is shown
	Most  fs.FileMode // permission bits that it may have
	Worst State       // how bad it is to have more
	Why   string      // what others could do, as the end of the sentence
}

// Modes finds what is open to others than its owner, and fixes it. What does not
// exist is no problem. Where modes mean nothing, nothing is found: on Windows, and on a
// mount that only the user can get at (mine is as in [disk.Rule]).
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
			hint = fmt.Sprintf("   or, if only you can get at %s: vault allow --mount %s", point, line.Word(point))
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

// wordOf is a path as one types it: a quoted ~ is another directory.
func wordOf(p Path) string {
	if rest := strings.TrimPrefix(p.Shown, "~/"); line.Word(rest) == rest {
		return p.Shown
	}
	return line.Word(p.Path)
}

// lessen takes rights away from the file that was seen, by its handle: in a
// directory that others can write, the name may lead to another by now.
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
	// Some file systems say yes and keep no modes.
	if now, err = f.Stat(); err != nil {
		return disk.Cause(err)
	}
	if mode := now.Mode().Perm(); mode&^p.Most != 0 {
		return fmt.Errorf("it still has mode %03o, so this file system stores no modes", mode)
	}
	return nil
}

// Age is how old a leftover must be: no write takes that long.
const Age = time.Hour

// Leftovers finds the temporary files of this program in some directories: one
// that is there still was left by a process that was killed. It can be removed.
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

// Literal is a directory as a part of a pattern.
func Literal(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}
