package cmd

import (
	"fmt"
	"os"
	"path/filepath"

	"awsvault/internal/dirprofile"
	"awsvault/internal/disk"
)

// directories finds the user's .awsprofile files. The variable with the ceiling directories
// is a list like PATH, as git's is.
func (a *App) directories() dirprofile.Files {
	files := dirprofile.New(dirprofile.Search{
		Home:     a.Home(),
		Ceilings: filepath.SplitList(a.Getenv("AWS_VAULT_CEILING_DIRECTORIES")),
		OwnGroup: dirprofile.OwnGroup,
		UID:      os.Getuid(),
		Closed:   disk.Automounts(),
	}, a.StateDir())
	files.Settle = dirprofile.Settle(a.Now)
	return files
}

// workingDirectory returns PWD, the shell's name of its directory, if PWD is correct.
func (a *App) workingDirectory() (string, error) {
	pwd := a.Getenv("PWD")
	if here, err := os.Stat("."); err == nil && filepath.IsAbs(pwd) {
		if there, err := os.Stat(pwd); err == nil && os.SameFile(here, there) {
			return pwd, nil
		}
	}
	return os.Getwd()
}

// named finds the file that the user means: path itself, the file in the directory path, or
// without a path the nearest file of the working directory.
func (a *App) named(path string) (string, error) {
	if err := a.directories().Known(); err != nil {
		return "", err
	}
	if path == "" {
		dir, err := a.workingDirectory()
		if err != nil {
			return "", fmt.Errorf("the working directory: %w", disk.Cause(err))
		}
		return a.directories().Nearest(dir, a.Tilde(dir))
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return dirprofile.Named(abs, a.Tilde)
}

// directoryProfile returns the file that `vault use` without a name activates.
func (a *App) directoryProfile() (dirprofile.File, error) {
	path, err := a.named("")
	if err != nil {
		return dirprofile.File{}, err
	}
	return a.directories().Trusted(path, a.Tilde(path))
}
