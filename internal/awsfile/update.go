package awsfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"awsvault/internal/awsconf"
	"awsvault/internal/disk"
)

const (
	maxRaces = 10       // with programs that take no lock
	maxSize  = 64 << 20 // bytes; far above any of these files
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
// A killed process leaves the old file or the new one, and perhaps a temporary
// one, which the next update removes. The old text is not overwritten on the disk.
func Update(ctx context.Context, path string, edit func([]byte) ([]byte, error)) (err error) {
	target, _, err := disk.Look(path, true)
	if err != nil {
		return err // before anything is created
	}
	dir, base := filepath.Split(target)
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	unlock, err := disk.Lock(ctx, dir+"."+base+".lock")
	if err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	defer unlock()
	for range maxRaces {
		if err := update(path, target, edit); !errors.Is(err, errChanged) {
			return err
		}
	}
	return fmt.Errorf("%s: another program keeps changing it", path)
}

// errChanged says that a program that takes no lock was faster.
var errChanged = errors.New("the file was changed meanwhile")

// update makes one attempt, under the lock.
func update(path, target string, edit func([]byte) ([]byte, error)) error {
	before, existed, err := read(target)
	if err != nil {
		return err
	}
	after, err := edit(bytes.Clone(before))
	var fault *awsconf.Error
	if errors.As(err, &fault) && fault.Pos.File == "" {
		fault.Pos.File = path
	}
	if err != nil || bytes.Equal(before, after) {
		return err
	}
	unchanged := func() error {
		now, exists, err := read(target)
		if err == nil && (exists != existed || !bytes.Equal(now, before)) {
			return errChanged
		}
		return err
	}
	return disk.Replace(target, after, disk.Options{Keep: true, Locked: true, Check: unchanged})
}

// read reads a file, which may be missing.
func read(target string) (data []byte, exists bool, err error) {
	data, err = disk.ReadFile(target, disk.Reading{Limit: maxSize})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return data, err == nil, err
}
