package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Move puts a file that another program made in place of target, once it is on disk. Both must
// be in the same file system. If Move fails, the file stays where it was, because it may be
// the only copy. If root does this for another user, as with `sudo -E`, the file gets the
// owner of the file that it replaces, or else of the directory.
func Move(made, target string) error {
	f, err := os.OpenFile(made, os.O_RDWR, 0)
	if err != nil {
		return about(target, err)
	}
	old, lerr := os.Lstat(target)
	if lerr != nil {
		old, lerr = os.Stat(dirOf(target))
	}
	if lerr == nil && others(old) {
		keepOwner(f, old)
	}
	err = f.Sync()
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = again(func() error { return rename(made, target, false) }, isBusy, time.Sleep)
	}
	if err == nil {
		syncDir(dirOf(target))
	}
	return about(target, err)
}

// move renames a file. Windows may refuse that for a moment, while a virus scanner, an indexer
// or a reader has the file open. After a failure it removes the temporary file, unless that is
// the only copy.
func move(from, to string, keep bool) error {
	err := again(func() error { return rename(from, to, keep) }, isBusy, time.Sleep)
	if err == nil {
		return nil
	}
	if _, missing := os.Lstat(to); keep && errors.Is(missing, fs.ErrNotExist) {
		return &strandedError{to, from, err} // Windows has removed the old one
	}
	os.Remove(from)
	return err
}

// again tries until it succeeds, or has failed ten times in about two seconds. It only repeats
// failures that can pass.
func again(try func() error, passes func(error) bool, sleep func(time.Duration)) error {
	err := try()
	for wait := 4 * time.Millisecond; err != nil && passes(err) && wait <= 1024*time.Millisecond; wait *= 2 {
		sleep(wait)
		err = try()
	}
	return err
}

// strandedError means that the old file is gone, and the new one still has its temporary name.
type strandedError struct {
	path, left string
	err        error
}

func (e *strandedError) Error() string {
	return fmt.Sprintf("write %s: %v; its new contents are in %s", e.path, e.err, e.left)
}

func (e *strandedError) Unwrap() error { return e.err }
