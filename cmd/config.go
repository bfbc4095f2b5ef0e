package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
)

// configPath and credentialsPath find the AWS files as the AWS CLI does:
// variables and ~ in the setting are expanded.
func (a *App) configPath() (string, error) {
	return a.awsFile("AWS_CONFIG_FILE", "config")
}

func (a *App) credentialsPath() (string, error) {
	return a.awsFile("AWS_SHARED_CREDENTIALS_FILE", "credentials")
}

func (a *App) awsFile(variable, name string) (string, error) {
	if v := a.environ[variable]; v != "" {
		v = os.Expand(v, func(n string) string {
			if val, ok := a.environ[n]; ok {
				return val
			}
			return "$" + n
		})
		return a.expandHome(v), nil
	}
	if a.home() == "" {
		return "", fault.Hinted(fmt.Errorf("the home directory is not known, so neither is ~/.aws/%s", name), "set HOME, or "+variable)
	}
	return filepath.Join(a.home(), ".aws", name), nil
}

// expandHome replaces ~ at the beginning of a path.
func (a *App) expandHome(path string) string {
	if rest, ok := strings.CutPrefix(path, "~"+string(filepath.Separator)); ok {
		return filepath.Join(a.home(), rest)
	}
	return path
}

// config reads both AWS files. One that does not exist is empty.
func (a *App) config() (*awsconf.Config, error) {
	configPath, err := a.configPath()
	if err != nil {
		return nil, err
	}
	credentialsPath, err := a.credentialsPath()
	if err != nil {
		return nil, err
	}
	config, err := a.parse(configPath, awsconf.ConfigFile)
	if err != nil {
		return nil, err
	}
	credentials, err := a.parse(credentialsPath, awsconf.CredentialsFile)
	if err != nil {
		return nil, err
	}
	return awsconf.Merge(config, credentials), nil
}

// maxConfig is far above any real file: 10,000 profiles are 1.5 MB.
const maxConfig = 64 << 20

func (a *App) parse(path string, kind awsconf.Kind) (*awsconf.File, error) {
	shown := a.tilde(path)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return awsconf.Parse(shown, kind, "")
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", shown, unwrapPath(err))
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory, not a file", shown)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", shown)
	case info.Size() > maxConfig:
		return nil, fmt.Errorf("%s is larger than %d MiB", shown, maxConfig>>20)
	}
	text, err := readText(path, int(info.Size()))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", shown, unwrapPath(err))
	}
	return awsconf.Parse(shown, kind, text)
}

// readText reads a file of about that size into a string, without the copy that a
// conversion from bytes would make.
func readText(path string, size int) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var text strings.Builder
	text.Grow(size)
	buffer := make([]byte, min(size+1, 64<<10))
	_, err = io.CopyBuffer(&text, struct{ io.Reader }{f}, buffer) // a File would copy itself, with a larger one
	return text.String(), err
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
