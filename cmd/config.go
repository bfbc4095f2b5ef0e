package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/awsfile"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
)

// places finds the AWS files, and expands every path of a setting or a variable.
func (a *App) places() awsfile.Places {
	return awsfile.Places{
		Lookup: func(name string) (string, bool) {
			if runtime.GOOS == "windows" {
				name = strings.ToUpper(name) // see environment
			}
			v, ok := a.environ[name]
			return v, ok
		},
		Home: a.home(),
		HomeOf: func(name string) (string, bool) {
			u, err := user.Lookup(name)
			if err != nil {
				return "", false
			}
			return u.HomeDir, true
		},
		Windows: runtime.GOOS == "windows",
	}
}

func (a *App) configPath() (string, error) {
	return a.awsFile(awsconf.ConfigFile, a.places().Config)
}

func (a *App) credentialsPath() (string, error) {
	return a.awsFile(awsconf.CredentialsFile, a.places().Credentials)
}

func (a *App) awsFile(kind awsconf.Kind, find func() (string, error)) (string, error) {
	path, err := find()
	if errors.Is(err, awsfile.ErrNoHome) {
		name := "config"
		if kind == awsconf.CredentialsFile {
			name = "credentials"
		}
		return "", fault.Hinted(fmt.Errorf("the home directory is not known, so neither is ~/.aws/%s", name), "set HOME, or "+awsfile.Variable(kind))
	}
	return path, err
}

// expandHome expands a path of a setting or a variable.
func (a *App) expandHome(path string) string { return a.places().Expand(path) }

// config reads both AWS files, as far as they are needed. One that does not exist is empty.
func (a *App) config() (*awsconf.Config, error) {
	config, err := a.readAWS(awsconf.ConfigFile, a.configPath)
	if err != nil {
		return nil, err
	}
	credentials, err := a.readAWS(awsconf.CredentialsFile, a.credentialsPath)
	if err != nil {
		return nil, err
	}
	return awsconf.Merge(config, credentials), nil
}

func (a *App) readAWS(kind awsconf.Kind, find func() (string, error)) (*awsconf.File, error) {
	path, err := find()
	if err != nil {
		return nil, err
	}
	return awsfile.Read(path, a.tilde(path), kind)
}

// updateAWS changes one of the AWS files.
func (a *App) updateAWS(path string, edit func([]byte) ([]byte, error)) error {
	var locks disk.Locks
	for _, dir := range []string{a.stateDir(), a.runtimeDir()} {
		if dir != "" {
			locks.Dirs = append(locks.Dirs, filepath.Join(dir, "locks"))
		}
	}
	a.heed() // Ctrl-C ends the wait for another run
	return awsfile.Update(a.ctx, locks.Lock, path, edit)
}

// unwrapPath drops the operation and path of a file error, which the message
// already names.
func unwrapPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
