//go:build unix

package dirprofile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// openFlags see to it that what took the place of a regular file meanwhile is not
// followed, does not block, and does not become the terminal of the process.
const openFlags = os.O_RDONLY | syscall.O_NOFOLLOW | syscall.O_NONBLOCK | syscall.O_NOCTTY

// maxLinks is as many as Linux follows.
const maxLinks = 40

// checkWay walks from the root to the directory of a file as the system does, and
// refuses the file if somebody else could lead it elsewhere, or could have made
// it. What is above the last directory of the search is taken as it is.
func (s Search) checkWay(path, dir, last string) error {
	lasts := []string{last}
	if real, err := filepath.EvalSymlinks(last); err == nil {
		lasts = append(lasts, real)
	}
	above := func(dir string) bool {
		return slices.ContainsFunc(lasts, func(last string) bool { return isAbove(dir, last) })
	}
	done, todo := "/", dir // done: a directory without links in its path
	for links := 0; ; {
		name, rest, _ := strings.Cut(strings.TrimLeft(todo, "/"), "/")
		holder := name == ""
		info, err := os.Lstat(done)
		if err != nil {
			return failed(path, "cannot be read", err)
		}
		if flaw := s.directoryFlaw(info, holder); flaw != "" && (holder || !above(done)) {
			return notFollowed(path, directory(done)+flaw)
		}
		if holder {
			return nil
		}
		next := filepath.Join(done, name)
		target, err := os.Readlink(next)
		if err != nil { // no link: the next round looks at what it is
			done, todo = next, rest
			continue
		}
		if links++; links > maxLinks {
			return failed(path, "cannot be read", syscall.ELOOP)
		}
		if info, err = os.Lstat(next); err != nil {
			return failed(path, "cannot be read", err)
		}
		if flaw := s.ownerFlaw(info); flaw != "" && !above(next) {
			return notFollowed(path, directory(next)+flaw)
		}
		if filepath.IsAbs(target) {
			done = "/"
		}
		todo = target + "/" + rest
	}
}

func directory(path string) string { return fmt.Sprintf("directory %q ", path) }

// isAbove tells whether a directory is a parent of another at any distance.
func isAbove(dir, below string) bool {
	return dir != below && strings.HasPrefix(below, strings.TrimSuffix(dir, "/")+"/")
}

// directoryFlaw is the flaw of the directory that holds the file, or of one on the
// way to it: there, others may write if it is sticky, which lets them make things
// but not move or remove those of the user.
func (s Search) directoryFlaw(info fs.FileInfo, holder bool) string {
	if !holder && info.Mode()&fs.ModeSticky != 0 {
		return s.ownerFlaw(info)
	}
	return s.flaw(info)
}

// flaw says how others than the user and root can change a file or directory. On
// Linux an access list that lets anybody else write shows as the group's right to,
// so that it is missed only where OwnGroup answers for the group.
func (s Search) flaw(info fs.FileInfo) string {
	if flaw := s.ownerFlaw(info); flaw != "" {
		return flaw
	}
	return writeFlaw(info, s.OwnGroup)
}

func (s Search) ownerFlaw(info fs.FileInfo) string {
	if uid, _ := ids(info); uid != s.UID && uid != 0 {
		return fmt.Sprintf("belongs to user %d", uid)
	}
	return ""
}

func writeFlaw(info fs.FileInfo, ownGroup func(gid int) bool) string {
	_, gid := ids(info)
	switch mode := info.Mode().Perm(); {
	case mode&0o002 != 0:
		return "can be written by everybody"
	case mode&0o020 != 0 && (ownGroup == nil || !ownGroup(gid)):
		return fmt.Sprintf("can be written by group %d", gid)
	}
	return ""
}

// privateFlaw says how others than the user can change a directory of decisions.
func privateFlaw(info fs.FileInfo, user int) string {
	if uid, _ := ids(info); uid != user {
		return fmt.Sprintf("belongs to user %d", uid)
	}
	return writeFlaw(info, nil)
}

func ids(info fs.FileInfo) (uid, gid int) {
	stat := info.Sys().(*syscall.Stat_t)
	return int(stat.Uid), int(stat.Gid)
}

// syncDir makes a rename in a directory last through a power cut. File systems
// that cannot do that have no better to offer.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
