package awsfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"awsvault/internal/awsconf"
	"awsvault/internal/disk"
)

// mostRaces is how often an update is made again because a program that takes no
// lock was faster.
const mostRaces = 10

var errRace = errors.New("another program changed it first")

// Lock takes the lock of that name, and waits as long as ctx lets it.
type Lock func(ctx context.Context, name string) (unlock func(), err error)

// Update replaces the text of a file by what edit makes of it, whole or not at
// all. A symbolic link stays a link, and what it points to is replaced; mode
// and, where possible, owner stay too: see [disk.Replace]. A file that is missing
// is created for its owner only, and so is its directory. If edit changes
// nothing, nothing is written.
//
// The lock keeps out other runs of this program. Its file is not beside the
// target, which may be in a repository of dotfiles. The AWS CLI takes none: if the
// file is another one when the new text is ready, the edit is made again, so that
// edit may be called more than once.
//
// A killed process leaves the old file or the new one, and perhaps a temporary one,
// which may hold keys: the next update removes it, and see [disk.Leftover]. The old
// text is not overwritten on the disk.
func Update(ctx context.Context, lock Lock, path string, edit func([]byte) ([]byte, error)) error {
	target, err := disk.Target(path)
	if err != nil {
		return err
	}
	locked := false
	unlock, err := lock(ctx, "file "+plainPath(target))
	switch {
	case err == nil:
		defer unlock()
		locked = true
	case ctx.Err() != nil:
		return fmt.Errorf("lock %s: %w", path, err)
	default:
		// There is no place for a lock. Another run is noticed, as another program is.
	}
	for range mostRaces {
		if err := update(path, target, locked, edit); err != errRace {
			return err
		}
	}
	return fmt.Errorf("%s: another program keeps changing it", path)
}

// Text is what Update gives to edit: nothing of a file that is missing. What
// stands there and is no file, or may not be read, is an error. shown is the path
// as people read it.
func Text(path, shown string) ([]byte, error) {
	target, err := disk.Target(path)
	if err != nil {
		return nil, fmt.Errorf("%s is a symbolic link that leads back to itself", shown)
	}
	data, _, err := text(target)
	failed, kind := (*fs.PathError)(nil), (*disk.KindError)(nil)
	switch {
	case errors.As(err, &kind):
		err = fmt.Errorf("%s %s", shown, kind.Flaw())
	case errors.As(err, &failed):
		err = fmt.Errorf("read %s: %w", shown, failed.Err)
	}
	return data, err
}

// plainPath is the same for a file that two paths lead to, if its directory is there.
func plainPath(target string) string {
	dir, base := filepath.Split(target)
	if plain, err := filepath.EvalSymlinks(filepath.Clean(dir)); err == nil {
		return filepath.Join(plain, base)
	}
	return target
}

// update makes one attempt, under the lock.
func update(path, target string, locked bool, edit func([]byte) ([]byte, error)) error {
	before, exists, err := text(target)
	if err != nil {
		return err
	}
	after, err := edit(bytes.Clone(before))
	if fault := (*awsconf.Error)(nil); errors.As(err, &fault) && fault.Pos.File == "" {
		fault.Pos.File = path
	}
	if err != nil || bytes.Equal(before, after) {
		return err
	}
	err = disk.Replace(target, after, disk.Options{Keep: true, MakeDir: true, Locked: locked, Check: func() error {
		if now, still, err := text(target); err != nil || still != exists || !bytes.Equal(now, before) {
			return errRace // if it cannot be read any more, the next attempt says why
		}
		return nil
	}})
	if errors.Is(err, disk.ErrTaken) {
		return errRace
	}
	return err
}

// text reads a file, which may be missing.
func text(target string) (data []byte, exists bool, err error) {
	if _, _, err := disk.Look(target, false); err != nil {
		return nil, false, err
	}
	data, err = disk.ReadFile(target, disk.Reading{Limit: awsconf.MaxSize})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return data, err == nil, err
}
