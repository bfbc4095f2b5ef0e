// Package disk writes, reads and locks the files that matter. It replaces a file as a whole
// or not at all, reads only regular files of the right owner, and its locks end with the
// process.
//
// It does not know what the files contain, where they are, or which are secret. It reads
// neither the clock nor the environment.
package disk

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Options say how to replace a file. The zero value makes a file that only its owner can read,
// in an existing directory, and refuses a symbolic link.
type Options struct {
	// Mode is the file's mode; 0: 0600.
	Mode fs.FileMode
	// Keep preserves the mode of an existing file, its group and, if possible, its owner; on
	// Windows, its access list and attributes.
	Keep bool
	// Private is for files that only the user may read or write. It is an error if the file
	// system keeps no modes and others seem to have access to it. A file keeps its owner, and
	// a new file in another user's directory gets that user as its owner. Only root can do
	// that, and in a container the files often belong to another user.
	Private bool
	// Mine is the same as in [Rule], for Private.
	Mine func(Mount) bool
	// Follow replaces the file to which a symbolic link leads, and keeps the link. That file
	// need not exist yet.
	Follow bool
	// Locked means that the caller holds a lock that keeps other writers out. Replace can then
	// remove what a killed process has left of this file.
	Locked bool
	// MakeDir creates missing directories, for their owner only.
	MakeDir bool
	// NoSync lets the system decide when the file reaches the disk. It is for files that are
	// worthless after a crash of the machine.
	NoSync bool
	// Time is the file's modification time, from its first moment on; zero: now.
	Time time.Time
	// Check is called just before the new file replaces the old one. If it fails, the old file
	// stays, and Replace returns the error unchanged.
	Check func() error
}

// Replace gives a file new contents, completely or not at all: a reader sees the old file or
// the new one, also after a power cut. path must lead to a regular file, or to nothing. (Hard
// links do not survive, nor do access lists on Unix.)
//
// A killed process leaves the old file or the new one, and perhaps a temporary file next to
// it: see Leftover.
func Replace(path string, data []byte, o Options) error {
	target, old, err := Look(path, o.Follow)
	if err != nil {
		return err
	}
	if o.MakeDir {
		if err := makeDir(filepath.Clean(dirOf(target))); err != nil {
			return err
		}
	}
	tmp, err := create(target, o.Locked)
	if err != nil {
		return about(path, err)
	}
	made, err := tmp.Stat()
	if err == nil {
		err = fill(tmp, data, old, o)
	} else {
		tmp.Close()
	}
	if err != nil {
		os.Remove(tmp.Name())
		return about(path, err)
	}
	if now, err := os.Lstat(tmp.Name()); err != nil || !os.SameFile(made, now) {
		// Another writer used a different lock, in a container that shares the directory for
		// example.
		return about(path, ErrTaken)
	}
	if o.Check != nil {
		if err := o.Check(); err != nil {
			os.Remove(tmp.Name())
			return err
		}
	}
	if err := move(tmp.Name(), target, o.Keep && old != nil); err != nil {
		return about(path, err)
	}
	if !o.NoSync {
		syncDir(dirOf(target))
	}
	return nil
}

// SyncDir makes renames and removals in a directory survive a power cut. File systems that
// cannot do that offer nothing better, and NTFS on Windows keeps a journal, so there is no
// error to return.
func SyncDir(dir string) { syncDir(dir) }

// Look returns where Replace would write, and the present file there, or nil if there is none.
// Its errors are those of Replace for anything but a regular file.
func Look(path string, follow bool) (target string, old fs.FileInfo, err error) {
	target = path
	if follow {
		if target, err = Target(path); err != nil {
			return "", nil, err
		}
	}
	if filepath.Base(target) == "." || os.IsPathSeparator(target[len(target)-1]) {
		return "", nil, &KindError{target, fs.ModeDir}
	}
	old, err = os.Lstat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return target, nil, nil
	case err != nil:
		return "", nil, err
	}
	return target, old, isRegular(target, old)
}

// KindError reports that a path does not lead to a regular file.
type KindError struct {
	Path string
	Mode fs.FileMode
}

// Error says what the path leads to instead.
func (e *KindError) Error() string { return e.Path + " " + e.Flaw() }

// Flaw completes a sentence that begins with the path.
func (e *KindError) Flaw() string {
	switch {
	case e.Mode.IsDir():
		return "is a directory"
	case e.Mode&fs.ModeSymlink != 0:
		return "is a symbolic link"
	}
	return "is not a regular file"
}

func isRegular(path string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return &KindError{path, info.Mode()}
}

// mostLinks is as many links as Linux follows.
const mostLinks = 40

// Target returns where a path leads if its last element is a symbolic link, or a link to a
// link. The target need not exist.
func Target(path string) (string, error) {
	target := path
	for range mostLinks {
		next, err := os.Readlink(target)
		if err != nil {
			// Not a link, or missing: reading the file will tell.
			return target, nil
		}
		if !filepath.IsAbs(next) {
			next = dirOf(target) + next
		}
		target = next
	}
	return "", fmt.Errorf("%s: too many symbolic links", path)
}

// dirOf returns the directory with a separator at its end. It does not clean the path, because
// "link/.." is not always ".". It is never empty.
func dirOf(path string) string {
	dir, _ := filepath.Split(path)
	if dir == "" {
		dir = "." + string(filepath.Separator)
	}
	return dir
}

// Temporary files have names like .vault-NUMBER.tmp.
const (
	before = ".vault-"
	after  = ".tmp"
)

// Leftover reports whether a file of that name, in a directory where Replace writes, is the
// temporary file of a process that was killed or is still writing. It also knows the names of
// earlier versions.
func Leftover(name string) bool {
	number, ok := strings.CutPrefix(name, before)
	number = strings.TrimPrefix(strings.TrimSuffix(number, after), "init-")
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// ErrTaken means that another process, with another lock, removed the temporary file. Nothing
// was written.
var ErrTaken = errors.New("another process writes it at the same time")

func create(target string, locked bool) (*os.File, error) {
	if !locked {
		return os.CreateTemp(dirOf(target), before+"*"+after) // with mode 0600
	}
	// Each file needs its own name. CreateTemp cannot guarantee that: its names have 32 random
	// bits.
	sum := sha256.Sum256([]byte(filepath.Base(target)))
	name := fmt.Sprintf("%s%s%020d%s", dirOf(target), before, binary.BigEndian.Uint64(sum[:]), after)
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// fill writes the temporary file, sets its mode, and closes it.
func fill(tmp *os.File, data []byte, old fs.FileInfo, o Options) error {
	mode := o.Mode.Perm()
	if mode == 0 {
		mode = 0o600
	}
	_, err := tmp.Write(data)
	if err == nil && o.Keep && old != nil {
		mode = old.Mode().Perm()
	}
	if err == nil && !own(tmp, old, o) {
		mode &^= 0o070 // the mode was meant for another group
	}
	if err == nil {
		err = tmp.Chmod(mode) // exactly this mode, despite the umask
		if errors.Is(err, fs.ErrPermission) {
			err = nil // the file system keeps no modes
		}
	}
	if err == nil && o.Private {
		err = closed(tmp, o.Mine)
	}
	if err == nil && !o.NoSync {
		err = tmp.Sync()
	}
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	if err == nil && !o.Time.IsZero() {
		err = os.Chtimes(tmp.Name(), o.Time, o.Time)
	}
	return err
}

// own gives a temporary file its owner, and reports whether it has the group for which the
// mode is meant.
func own(tmp *os.File, old fs.FileInfo, o Options) bool {
	dir := filepath.Dir(tmp.Name())
	if old == nil {
		if above, err := os.Stat(dir); err == nil && others(above) {
			old = above
		}
	}
	if old != nil && (o.Keep || o.Private && Rule{UID: os.Geteuid(), Mine: o.Mine}.alone(dir, false)) {
		return keepOwner(tmp, old) || !o.Keep
	}
	return true
}

// others reports whether a file or a directory belongs to another user, and this process is
// root.
func others(info fs.FileInfo) bool {
	uid, _, ok := ids(info)
	return ok && uid != 0 && os.Geteuid() == 0
}

// Foreign tells whether a directory is another user's, and this process is root: what root
// makes in it is closed to that user.
func Foreign(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && others(info)
}

// closed refuses a file that other users can read or write in spite of its mode.
func closed(f *os.File, mine func(Mount) bool) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r := Rule{UID: os.Geteuid(), Private: true, Mine: mine}
	if flaw := r.Flaw(f.Name(), info); flaw != "" {
		return &OpenError{Path: f.Name(), Flaw: flaw}
	}
	return nil
}

// OpenError reports that a file cannot be protected from other users in its place.
type OpenError struct{ Path, Flaw string }

// Error names the directory, because the file has been removed.
func (e *OpenError) Error() string {
	return fmt.Sprintf("a file written to %s %s", filepath.Dir(e.Path), e.Flaw)
}

// MakeDir creates a directory and those above it, for their owner only. Directories that root
// creates in another user's directory get that user as their owner.
func MakeDir(dir string) error { return makeDir(filepath.Clean(dir)) }

func makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
		return os.MkdirAll(dir, 0o700)
	}
	above := filepath.Dir(dir)
	if err := makeDir(above); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return os.MkdirAll(dir, 0o700) // another process has created it
	}
	if info, looked := os.Stat(above); err == nil && looked == nil && others(info) {
		give(dir, info)
	}
	return err
}

// about changes the path in a system error from the temporary file to the caller's path.
func about(path string, err error) error {
	var stranded *strandedError
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &stranded):
	case errors.As(err, &p):
		return &fs.PathError{Op: "write", Path: path, Err: p.Err}
	case errors.As(err, &l):
		return &fs.PathError{Op: "write", Path: path, Err: l.Err}
	}
	return err
}

// Cause removes the operation and the path from a file error, for messages that already name
// the file.
func Cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
