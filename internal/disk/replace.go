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

// Options say how a file is replaced. The zero value makes a file that only its
// owner can read, in a directory that is there, and refuses a symbolic link.
type Options struct {
	// Mode is that of the file; 0: 0600.
	Mode fs.FileMode
	// Keep leaves a file that exists its own mode, its group and, where that is
	// possible, its owner; on Windows its access list and attributes.
	Keep bool
	// Private is for what only the user may read or write: on a file system that
	// keeps no modes, and that others can get at as far as can be told, it is an error.
	// A file keeps its owner, and a new one in another user's directory gets theirs,
	// which only root can do: in a container the files are often another user's.
	Private bool
	// Mine is as in [Rule], for Private.
	Mine func(Mount) bool
	// Follow replaces the file that a symbolic link leads to, and leaves the link.
	// It may lead to a file that is not there yet.
	Follow bool
	// Locked says that the caller holds a lock that keeps other writers out. Then
	// what a killed process has left of this file is removed.
	Locked bool
	// MakeDir makes missing directories, for their owner only.
	MakeDir bool
	// NoSync leaves it to the system when the file reaches the disk: for what is
	// worth nothing after the machine has crashed.
	NoSync bool
	// Time is when the file is said to have been changed, from its first moment on;
	// zero: now.
	Time time.Time
	// Check is called just before the new file takes the place of the old one,
	// which stays if there is an error; Replace returns it as it is.
	Check func() error
}

// Replace gives a file new contents, whole or not at all: a reader sees the old
// file or the new one, also after a power cut. What is at path must be a regular
// file, or nothing. (Hard links do not survive, nor do access lists on unix.)
//
// A killed process leaves the old file or the new one, and perhaps a temporary
// file beside it: see Leftover.
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
		// A writer with another lock, as in a container that shares the directory.
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

// SyncDir makes what was renamed or removed in a directory last through a power
// cut. File systems that cannot do that have no better to offer, and on Windows
// NTFS journals it, so that there is nothing to report.
func SyncDir(dir string) { syncDir(dir) }

// Look says where Replace would write, and what is there now: nil if nothing is.
// Its errors are those of Replace for what is no regular file.
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

// KindError says that what is at a path is no regular file.
type KindError struct {
	Path string
	Mode fs.FileMode
}

// Error says what it is instead.
func (e *KindError) Error() string { return e.Path + " " + e.Flaw() }

// Flaw is the end of a sentence that begins with the path.
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

// mostLinks is as many as Linux follows.
const mostLinks = 40

// Target is where a path leads when its last element is a symbolic link, or a
// link to a link. What is there may not exist yet.
func Target(path string) (string, error) {
	target := path
	for range mostLinks {
		next, err := os.Readlink(target)
		if err != nil {
			// Not a link, or not there: reading it says what it is.
			return target, nil
		}
		if !filepath.IsAbs(next) {
			next = dirOf(target) + next
		}
		target = next
	}
	return "", fmt.Errorf("%s: too many symbolic links", path)
}

// dirOf is the directory, with the separator after it. It is not cleaned, since
// "link/.." is not always "."; it is never empty.
func dirOf(path string) string {
	dir, _ := filepath.Split(path)
	if dir == "" {
		dir = "." + string(filepath.Separator)
	}
	return dir
}

// Temporary files are called .vault-NUMBER.tmp.
const (
	before = ".vault-"
	after  = ".tmp"
)

// Leftover tells whether a file of that name, in a directory where Replace
// writes, is the temporary file of a process that was killed, or is still
// writing. Names that earlier versions gave are among them.
func Leftover(name string) bool {
	number, ok := strings.CutPrefix(name, before)
	number = strings.TrimPrefix(strings.TrimSuffix(number, after), "init-")
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// ErrTaken says that another process, with another lock, took the temporary file
// away. Nothing was written.
var ErrTaken = errors.New("another process writes it at the same time")

func create(target string, locked bool) (*os.File, error) {
	if !locked {
		return os.CreateTemp(dirOf(target), before+"*"+after) // mode 0600
	}
	// A name of its own for each file, which CreateTemp does not give: it has 32 bits.
	sum := sha256.Sum256([]byte(filepath.Base(target)))
	name := fmt.Sprintf("%s%s%020d%s", dirOf(target), before, binary.BigEndian.Uint64(sum[:]), after)
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// fill writes the temporary file, gives it its mode, and closes it.
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
		mode &^= 0o070 // it was meant for another group
	}
	if err == nil {
		err = tmp.Chmod(mode) // exactly, whatever the umask
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

// own gives a temporary file the owner that it should have, and reports whether its
// group is the one that the mode speaks of.
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

// others tells whether a file or a directory is another user's, and this process is root.
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

// OpenError says that a file cannot be kept from others where it is.
type OpenError struct{ Path, Flaw string }

// Error is for a directory: the file is gone by then.
func (e *OpenError) Error() string {
	return fmt.Sprintf("what is written to %s %s", filepath.Dir(e.Path), e.Flaw)
}

// MakeDir makes a directory and those above it, for their owner only. Root gives
// what it makes in another user's directory to that user.
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
		return os.MkdirAll(dir, 0o700) // another process was quicker
	}
	if info, looked := os.Stat(above); err == nil && looked == nil && others(info) {
		give(dir, info)
	}
	return err
}

// about gives an error of the system the path that the caller knows, instead of
// the temporary file's.
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

// Cause drops the operation and the path of a file error, where the message names
// the file already.
func Cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
