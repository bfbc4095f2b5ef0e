package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Move puts a file that another program made in the place of target, once it is
// on the disk. Both are in the same file system. If that fails, the file stays where it was:
// it may be all that there is of it. Where root does this for another user,
// as with `sudo -E`, the file is that user's: of the owner of what it replaces, else of
// the directory.
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

// move renames, which Windows may refuse for a moment: a virus scanner, an indexer
// or a reader has the file open. After a failure the temporary file is gone,
// unless it is all that is left.
func move(from, to string, keep bool) error {
	err := again(func() error { return rename(from, to, keep) }, isBusy, time.Sleep)
	if err == nil {
		return nil
	}
	if _, missing := os.Lstat(to); keep && errors.Is(missing, fs.ErrNotExist) {
		return &strandedError{to, from, err} // Windows took the old one away
	}
	os.Remove(from)
	return err
}

// again tries until it works or has failed ten times, over two seconds in all,
// as long as the failure is one that passes.
func again(try func() error, passes func(error) bool, sleep func(time.Duration)) error {
	err := try()
	for wait := 4 * time.Millisecond; err != nil && passes(err) && wait <= 1024*time.Millisecond; wait *= 2 {
		sleep(wait)
		err = try()
	}
	return err
}

// strandedError says that the old file is gone and the new one has its temporary name.
type strandedError struct {
	path, left string
	err        error
}

func (e *strandedError) Error() string {
	return fmt.Sprintf("write %s: %v; its new contents are in %s", e.path, e.err, e.left)
}

func (e *strandedError) Unwrap() error { return e.err }
