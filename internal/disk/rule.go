package disk

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Rule says who must own a file or a directory, and what others may do with it. On Windows,
// every rule accepts everything.
type Rule struct {
	UID     int  // the required owner
	Root    bool // root may own it too
	Private bool // others may not even read it
	// OwnGroup reports whether a group has no member but the owner. Many systems give each
	// user such a group, and let it write all of the user's files (umask 002). Nil: there is
	// no such group.
	OwnGroup func(gid int) bool
	// Sticky allows others to write to a sticky directory. There they can create files, but
	// not move or remove those of the owner.
	Sticky bool
	// Mine reports whether the user has declared a mount to be private. Nil: none is.
	Mine func(Mount) bool
}

// Ours returns the rule for files of the user who runs the program. Others may read them, but
// not write them.
func Ours() Rule { return Rule{UID: os.Geteuid()} }

// OursOrRoots is like Ours, but root may be the owner: an administrator can do anything
// anyway.
func OursOrRoots() Rule { return Rule{UID: os.Geteuid(), Root: true} }

// Flaw says what is wrong with a file or directory. The text completes a sentence that begins
// with the name: "belongs to user 0", "can be written by everybody". It is empty if nothing is
// wrong, or if the path is on a mount that only the user can access: there, the file system
// makes up owner and mode, or they belong to another system.
//
// On Linux, an access list that lets another user write shows as a right of the group. So Flaw
// checks the list if OwnGroup accepts the group.
func (r Rule) Flaw(path string, info fs.FileInfo) string {
	if !owned {
		return ""
	}
	flaw := r.flaw(path, info)
	if flaw != "" && r.alone(path, info.Mode()&fs.ModeSymlink != 0) {
		return ""
	}
	return flaw
}

// flaw decides by owner and mode.
func (r Rule) flaw(path string, info fs.FileInfo) string {
	uid, gid, ok := ids(info)
	if !ok {
		return "has no known owner"
	}
	if uid != r.UID && !(r.Root && uid == 0) {
		return fmt.Sprintf("belongs to user %d", uid)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return "" // the mode of a link means nothing
	}
	own := r.OwnGroup != nil && r.OwnGroup(gid)
	mode := info.Mode()
	if r.Sticky && mode.IsDir() && mode&fs.ModeSticky != 0 {
		return ""
	}
	switch mode := mode.Perm(); {
	case mode&0o002 != 0:
		return "can be written by everybody"
	case mode&0o020 != 0 && !own:
		return fmt.Sprintf("can be written by group %d", gid)
	case r.Private && mode&0o005 != 0:
		return "can be read by everybody"
	case r.Private && mode&0o050 != 0 && !own:
		return fmt.Sprintf("can be read by group %d", gid)
	case mode&0o020 != 0 && listed(path, uid, 2):
		return "can be written by others, by an access list"
	case r.Private && mode&0o050 != 0 && listed(path, uid, 4|1):
		return "can be read by others, by an access list"
	}
	return ""
}

// Check returns Flaw as an error with the path.
func (r Rule) Check(path string, info fs.FileInfo) error {
	if flaw := r.Flaw(path, info); flaw != "" {
		return fmt.Errorf("%q %s", path, flaw)
	}
	return nil
}

// CheckDir refuses a path that is not a directory, or that violates the rule. A symbolic link
// is not a directory.
func (r Rule) CheckDir(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%q is not a directory", path)
	}
	if flaw := r.Flaw(path, info); flaw != "" {
		return fmt.Errorf("directory %q %s", path, flaw)
	}
	return nil
}

// FlawBelow returns the first flaw of a directory and of the directories in it, and where it
// is: another user who can write there could replace what is inside. It ignores what it cannot
// read, because its reader will fail anyway.
func (r Rule) FlawBelow(dir string) (path, flaw string) {
	info, err := os.Lstat(dir)
	if err != nil {
		return "", ""
	}
	if flaw = r.Flaw(dir, info); flaw != "" {
		return dir, flaw
	}
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		path = filepath.Join(dir, entry.Name())
		if info, err := entry.Info(); err == nil {
			if flaw = r.Flaw(path, info); flaw != "" {
				return path, flaw
			}
		}
	}
	return "", ""
}

// StrangeAbove is the highest directory below top that another user owns, with all that is
// between it and dir: what is kept in dir cannot be kept there. Empty: there is none, or
// this process is root, who may write everywhere.
func StrangeAbove(top, dir string) (path string, owner int) {
	if os.Geteuid() == 0 || !isBelow(dir, top) || !filepath.IsAbs(top) {
		return "", 0
	}
	for at := dir; at != top && isBelow(at, top); at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			continue // it is not there, or is behind a directory that is closed
		}
		uid, _, known := ids(info)
		if !known || uid == os.Geteuid() {
			break
		}
		path, owner = at, uid
	}
	return path, owner
}

// OpenAbove is the first directory between top, which is taken as it is, and dir that
// everybody can write, so that another user could put another one in the place of dir.
// One that is sticky keeps them from it.
func OpenAbove(top, dir string) string {
	if !owned || !isBelow(dir, top) || !filepath.IsAbs(top) {
		return ""
	}
	for at := filepath.Dir(dir); at != top && isBelow(at, top); at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err == nil && info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 && !Ours().Alone(at) {
			return at
		}
	}
	return ""
}
