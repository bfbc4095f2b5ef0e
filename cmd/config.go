package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"awsvault/internal/awsfile"
	"awsvault/internal/disk"
	"awsvault/internal/vault"
)

// updateAWS edits one of the AWS files, under a lock.
func (a *App) updateAWS(path string, edit func([]byte) ([]byte, error)) error {
	var locks disk.Locks
	for _, dir := range []string{a.StateDir(), a.RuntimeDir()} {
		if dir != "" {
			locks.Dirs = append(locks.Dirs, filepath.Join(dir, "locks"))
		}
	}
	return awsfile.Update(a.ctx, locks.Lock, path, edit)
}

// configFile returns the config file, for writing profiles.
func (a *App) configFile() (vault.ConfigFile, error) {
	path, err := a.ConfigPath()
	if err != nil {
		return vault.ConfigFile{}, err
	}
	shown := a.Tilde(path)
	return vault.ConfigFile{
		Shown: shown,
		Text:  func() ([]byte, error) { return awsfile.Text(path, shown) },
		Update: func(_ context.Context, change func([]byte) ([]byte, error)) error {
			err := a.updateAWS(path, change)
			if cause := (*fs.PathError)(nil); errors.As(err, &cause) { // its path may name a temporary file
				err = fmt.Errorf("write %s: %w", shown, cause.Err)
			}
			return err
		},
	}, nil
}
