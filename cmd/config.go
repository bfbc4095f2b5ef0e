package cmd

import (
	"path/filepath"

	"awsvault/internal/awsfile"
	"awsvault/internal/disk"
)

// updateAWS changes one of the AWS files.
func (a *App) updateAWS(path string, edit func([]byte) ([]byte, error)) error {
	var locks disk.Locks
	for _, dir := range []string{a.StateDir(), a.RuntimeDir()} {
		if dir != "" {
			locks.Dirs = append(locks.Dirs, filepath.Join(dir, "locks"))
		}
	}
	return awsfile.Update(a.ctx, locks.Lock, path, edit)
}
