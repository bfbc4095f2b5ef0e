package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
)

// quotaFile is there while the person knows that the kernel takes no more keys. It is said
// once, and not by each command, until sessions are kept again or quotaCounts has passed.
const (
	quotaFile   = "full-quota"
	quotaCounts = time.Hour
)

// errQuota says that the kernel keeps no more keys for the user.
var errQuota = errors.New("the kernel's quota of keys for this user is full")

// quotaError puts that in words. The same error of a file is about the disk.
func quotaError(err error) error {
	if onDisk := (*fs.PathError)(nil); !errors.Is(err, syscall.EDQUOT) || errors.As(err, &onDisk) {
		return err
	}
	return &fault.Error{
		Text:  errQuota.Error(),
		Hint:  "/proc/key-users shows how much is used; programs that run keep keys too",
		Cause: errors.Join(errQuota, err),
	}
}

// sayQuota is what to say of a session that was not kept, or was: nil where it was said.
func (s *Store) sayQuota(err error) error {
	path := filepath.Join(s.settings.StateDir, quotaFile)
	switch {
	case s.settings.StateDir == "":
		return err
	case err == nil:
		os.Remove(path)
		return nil
	case !errors.Is(err, errQuota):
		return err
	}
	now := s.settings.Now()
	if info, failed := os.Lstat(path); failed == nil {
		if age := now.Sub(info.ModTime()); age > -time.Second && age < quotaCounts {
			return nil
		}
	}
	if disk.Replace(path, nil, disk.Options{}) == nil {
		os.Chtimes(path, now, now)
	}
	return fmt.Errorf("%w, so sessions are not kept: until there is room, each command asks AWS for a new one, and you for a code where that takes one (AWS_VAULT_SESSION_BACKEND=file keeps them in a file; vault doctor says how full it is)", err)
}
