package front

import (
	"os/user"
	"runtime"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/awsfile"
	"awsvault/internal/disk"
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
func (w *World) ConfigPath() (string, error) { return w.Places().Config() }

// CredentialsPath is where the credentials file is.
func (w *World) CredentialsPath() (string, error) { return w.Places().Credentials() }

// MaxNamed is how large a file may be that a setting or a flag names, in bytes.
const MaxNamed = 1 << 20

// ReadNamed reads a file that a setting or a flag names.
func (w *World) ReadNamed(path string) ([]byte, error) {
	return disk.ReadShown(w.Expand(path), path, MaxNamed)
}

// Expand expands a path of a setting or a variable.
func (w *World) Expand(path string) string { return w.Places().Expand(path) }

// Config reads both AWS files, as far as they are needed. One that does not exist is empty.
func (w *World) Config() (*awsconf.Config, error) { return w.Places().ReadBoth(awsfile.Read, w.Tilde) }

// ConfigForFew is Config for a command that asks for a profile and its sources. Where that
// is not enough, the session of this call goes on with what was read.
func (w *World) ConfigForFew() (*awsconf.Config, error) {
	config, err := w.Places().ReadBoth(awsfile.ReadForFew, w.Tilde)
	if err == nil {
		w.read.Store(config)
	}
	return config, err
}

// configOnce is Config, but at first what cmd/instant has read a moment ago, once: what is
// decided later is decided by the files as they are then.
func (w *World) configOnce() (*awsconf.Config, error) {
	if config := w.read.Swap(nil); config != nil {
		return config, nil
	}
	return w.Config()
}
