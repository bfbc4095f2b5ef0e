package front

import (
	"errors"
	"fmt"
	"os/user"
	"runtime"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/awsfile"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
)

// Places finds the AWS files, and expands every path of a setting or a variable.
func (w *World) Places() awsfile.Places {
	return awsfile.Places{
		Lookup: func(name string) (string, bool) {
			if runtime.GOOS == "windows" {
				name = strings.ToUpper(name) // see environment
			}
			v, ok := w.Environ[name]
			return v, ok
		},
		Home: w.Home(),
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

// ConfigPath is where the config file is.
func (w *World) ConfigPath() (string, error) {
	return w.awsFile(awsconf.ConfigFile, w.Places().Config)
}

// CredentialsPath is where the credentials file is.
func (w *World) CredentialsPath() (string, error) {
	return w.awsFile(awsconf.CredentialsFile, w.Places().Credentials)
}

func (w *World) awsFile(kind awsconf.Kind, find func() (string, error)) (string, error) {
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

// MaxNamed is how large a file may be that a setting or a flag names, in bytes.
const MaxNamed = 1 << 20

// ReadNamed reads a file that a setting or a flag names.
func (w *World) ReadNamed(path string) ([]byte, error) {
	return disk.ReadShown(w.Expand(path), path, MaxNamed)
}

// Expand expands a path of a setting or a variable.
func (w *World) Expand(path string) string { return w.Places().Expand(path) }

// Config reads both AWS files, as far as they are needed. One that does not exist is empty.
func (w *World) Config() (*awsconf.Config, error) { return w.readAWS(awsfile.Read) }

// ConfigForFew is Config for a command that asks for a profile and its sources.
func (w *World) ConfigForFew() (*awsconf.Config, error) { return w.readAWS(awsfile.ReadForFew) }

func (w *World) readAWS(read func(path, shown string, kind awsconf.Kind) (*awsconf.File, error)) (*awsconf.Config, error) {
	path, err := w.ConfigPath()
	if err != nil {
		return nil, err
	}
	config, err := read(path, w.Tilde(path), awsconf.ConfigFile)
	if err != nil {
		return nil, err
	}
	if path, err = w.CredentialsPath(); err != nil {
		return nil, err
	}
	credentials, err := read(path, w.Tilde(path), awsconf.CredentialsFile)
	if err != nil {
		return nil, err
	}
	return awsconf.Merge(config, credentials), nil
}
