package awsfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"awsvault/internal/awsconf"
)

const (
	maxLinks  = 40 // as many as Linux follows
	lockRetry = 20 * time.Millisecond
	maxRaces  = 10 // with programs that take no lock
)

// Update replaces the text of a file by what edit makes of it, whole or not
// at all. A symbolic link stays a link, and what it points to is replaced; mode
// and, where possible, owner stay too. (Access lists and hard links do not
// survive.) A file that is missing is created for its owner only, and so is its
// directory. If edit changes nothing, nothing is written.
//
// The lock, which ctx bounds the wait for, keeps out others who take it: a file
// named .NAME.lock beside the target, never removed. The AWS CLI takes none: if
// the file is another one when the new text is ready, the edit is made again, so
// that edit may be called more than once.
//
// A killed process leaves the old file or the new one, and perhaps .NAME.tmp,
// which the next update removes. The old text is not overwritten on the disk.
func Update(ctx context.Context, path string, edit func([]byte) ([]byte, error)) (err error) {
	target, err := followLinks(path)
	if err != nil {
		return err
	}
	if _, err := statRegular(target); err != nil {
		return err // before anything is created
	}
	dir, base := splitPath(target)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	lock := flock.New(dir+"."+base+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	defer lock.Unlock() // fails only if the lock is gone already

	for range maxRaces {
		if done, err := update(path, target, edit); done || err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: another program keeps changing it", path)
}

// update makes one attempt, under the lock; not done if somebody without the lock was faster.
func update(path, target string, edit func([]byte) ([]byte, error)) (done bool, err error) {
	info, before, err := read(target)
	if err != nil {
		return false, err
	}
	after, err := edit(bytes.Clone(before))
	var fault *awsconf.Error
	if errors.As(err, &fault) && fault.Pos.File == "" {
		fault.Pos.File = path
	}
	if err != nil || bytes.Equal(before, after) {
		return true, err
	}
	return replace(target, info, before, after)
}

// read reads a file, which may be missing: then info is nil.
func read(target string) (info fs.FileInfo, data []byte, err error) {
	if info, err = statRegular(target); info == nil || err != nil {
		return nil, nil, err
	}
	data, err = os.ReadFile(target)
	return info, data, err
}

// followLinks resolves the last element of a path as far as it is a symbolic
// link, to something that may not exist yet.
func followLinks(path string) (string, error) {
	target := path
	for range maxLinks {
		next, err := os.Readlink(target)
		if err != nil {
			// Not a link, or not there: what it is instead, reading will tell.
			return target, nil
		}
		if !filepath.IsAbs(next) {
			dir, _ := splitPath(target)
			next = dir + next
		}
		target = next
	}
	return "", fmt.Errorf("%s: too many symbolic links", path)
}

// splitPath splits after the last separator. The directory is not cleaned, since
// "link/.." is not always "."; it is never empty.
func splitPath(path string) (dir, base string) {
	dir, base = filepath.Split(path)
	if dir == "" {
		dir = "." + string(filepath.Separator)
	}
	return dir, base
}

// statRegular looks at a file that must be a regular one, or missing: then the answer is nil.
func statRegular(path string) (fs.FileInfo, error) {
	if _, base := splitPath(path); base == "" {
		return nil, fmt.Errorf("%s is a directory", path)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	return info, nil
}

// replace writes a file beside the target, and moves it there when all of it is
// on the disk; not done if the target has another text by then.
func replace(target string, old fs.FileInfo, before, after []byte) (done bool, err error) {
	dir, base := splitPath(target)
	name := dir + "." + base + ".tmp"
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) { // of one who was killed
		return false, err
	}
	tmp, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false, err
	}
	defer func() {
		if !done {
			tmp.Close() // twice is harmless
			os.Remove(name)
		}
	}()
	if _, err = tmp.Write(after); err != nil {
		return false, err
	}
	if old != nil {
		mode := old.Mode().Perm()
		if !keepOwner(tmp, old) {
			mode &^= 0o070 // it was meant for another group
		}
		if err = tmp.Chmod(mode); err != nil {
			return false, err
		}
	}
	if err = tmp.Sync(); err != nil {
		return false, err
	}
	if err = tmp.Close(); err != nil {
		return false, err
	}
	if now, data, err := read(target); err != nil || (now == nil) != (old == nil) || !bytes.Equal(data, before) {
		return false, err
	}
	if err = os.Rename(name, target); err != nil {
		return false, err
	}
	syncDir(dir)
	return true, nil
}
