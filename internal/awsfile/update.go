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

// mostRaces limits how often an update is repeated because a program without a lock changed
// the file first.
const mostRaces = 10

var errRace = errors.New("another program changed it first")

// Lock takes the lock with the given name. It waits until ctx ends.
type Lock func(ctx context.Context, name string) (unlock func(), err error)

// Update replaces the text of a file by the result of edit, completely or not at all. It
// follows a symbolic link and replaces the link's target. The mode and, where possible, the
// owner stay the same: see [disk.Replace]. A missing file and its directory are created for
// their owner only. If edit changes nothing, Update writes nothing.
//
// The lock excludes other runs of this program. The lock file is not beside the target, which
// may be in a repository of dotfiles. The AWS CLI takes no lock: if the file has changed by
// the time the new text is ready, Update calls edit again. So edit may run more than once.
//
// If the process is killed, the old file or the new one remains, perhaps with a temporary file
// that may contain keys. The next update removes it; see also [disk.Leftover]. The old text is
// not overwritten on the disk.
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
		// No lock can be taken here. Update notices another run in the same way as another
		// program.
	}
	for range mostRaces {
		if err := update(path, target, locked, edit); err != errRace {
			return err
		}
	}
	return fmt.Errorf("%s: another program keeps changing it", path)
}

// Text returns the text that Update passes to edit, which is empty for a missing file. It
// returns an error if the path leads to something other than a file, or to a file that it may
// not read. shown is the path as people read it.
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

// plainPath resolves the directory of a file, so that two paths to one file give the same
// result. It needs an existing directory.
func plainPath(target string) string {
	dir, base := filepath.Split(target)
	if plain, err := filepath.EvalSymlinks(filepath.Clean(dir)); err == nil {
		return filepath.Join(plain, base)
	}
	return target
}

// update makes one attempt. The caller holds the lock, if it could be taken.
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
			return errRace // if it has become unreadable, the next attempt says why
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
