//go:build unix

package dirprofile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// maxLinks is as many links as Linux follows.
const maxLinks = 40

// checkWay walks from the root to the directory of a file, as the system does. It refuses the
// file if another user could have made or replaced it. It does not check what is above the
// last directory of the search.
func (s Search) checkWay(path, dir, last string) error {
	lasts := []string{last}
	if real, err := filepath.EvalSymlinks(last); err == nil {
		lasts = append(lasts, real)
	}
	above := func(dir string) bool {
		return slices.ContainsFunc(lasts, func(last string) bool { return isAbove(dir, last) })
	}
	done, todo := "/", dir // done is a directory without links in its path
	for links := 0; ; {
		name, rest, _ := strings.Cut(strings.TrimLeft(todo, "/"), "/")
		holder := name == ""
		info, err := os.Lstat(done)
		if err != nil {
			return failed(path, "cannot be read", err)
		}
		rule := s.rule()
		rule.Sticky = !holder
		if flaw := rule.Flaw(done, info); flaw != "" && (holder || !above(done)) {
			return notFollowed(path, directory(done)+flaw)
		}
		if holder {
			return nil
		}
		next := filepath.Join(done, name)
		target, err := os.Readlink(next)
		if err != nil { // no link: the next round looks at it
			done, todo = next, rest
			continue
		}
		if links++; links > maxLinks {
			return failed(path, "cannot be read", syscall.ELOOP)
		}
		if info, err = os.Lstat(next); err != nil {
			return failed(path, "cannot be read", err)
		}
		if flaw := s.rule().Flaw(next, info); flaw != "" && !above(next) {
			return notFollowed(path, directory(next)+flaw)
		}
		if filepath.IsAbs(target) {
			done = "/"
		}
		todo = target + "/" + rest
	}
}

func directory(path string) string { return fmt.Sprintf("directory %q ", path) }

// isAbove reports whether a directory contains another one, at any depth.
func isAbove(dir, below string) bool {
	return dir != below && strings.HasPrefix(below, strings.TrimSuffix(dir, "/")+"/")
}
