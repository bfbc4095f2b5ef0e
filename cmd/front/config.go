package front

import (
	"os/user"
	"runtime"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/awsfile"
	"awsvault/internal/disk"
)

// Places finds the AWS files, and expands paths from settings and variables.
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

// ConfigPath returns the path of the config file.
func (w *World) ConfigPath() (string, error) { return w.Places().Config() }

// CredentialsPath returns the path of the credentials file.
func (w *World) CredentialsPath() (string, error) { return w.Places().Credentials() }

// MaxNamed limits the size in bytes of a file that a setting or a flag names.
const MaxNamed = 1 << 20

// ReadNamed reads a file that a setting or a flag names.
func (w *World) ReadNamed(path string) ([]byte, error) {
	return disk.ReadShown(w.Expand(path), path, MaxNamed)
}

// Expand expands a path from a setting or a variable.
func (w *World) Expand(path string) string { return w.Places().Expand(path) }

// Config reads what is needed of both AWS files. A missing file counts as empty.
func (w *World) Config() (*awsconf.Config, error) { return w.Places().ReadBoth(awsfile.Read, w.Tilde) }

// ConfigForFew is Config for a command that needs one profile and its sources. If package
// cmd has to answer after all, the next configOnce returns what this call has read.
func (w *World) ConfigForFew() (*awsconf.Config, error) {
	config, err := w.Places().ReadBoth(awsfile.ReadForFew, w.Tilde)
	if err == nil {
		w.read.Store(config)
	}
	return config, err
}

// configOnce is Config, but the first call returns what cmd/instant has just read. Later
// calls read the files again, because they may have changed.
func (w *World) configOnce() (*awsconf.Config, error) {
	if config := w.read.Swap(nil); config != nil {
		return config, nil
	}
	return w.Config()
}
