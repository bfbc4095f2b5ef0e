// Package awsfile knows where the two AWS files are, and how to expand a path in a setting.
// It reads the files (anything that is not a regular file counts as an empty one), and
// replaces them under a lock, whole or not at all.
//
// It does not know their contents; package awsconf does. It reads no variables: the caller
// passes in the environment.
package awsfile

import (
	"path/filepath"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
)

// Places finds files as the AWS CLI does.
type Places struct {
	// Lookup reads a variable. On Windows it ignores the case of the name.
	Lookup func(name string) (string, bool)
	// Home is the user's home directory, or "" if it is unknown.
	Home string
	// HomeOf finds the home directory of another user, for ~NAME. If it is nil, ~NAME stays.
	HomeOf func(user string) (string, bool)
	// Windows selects the Windows rules for variables and separators.
	Windows bool
}

// Config returns the path of the config file.
func (p Places) Config() (string, error) { return p.path(awsconf.ConfigFile) }

// Credentials returns the path of the credentials file.
func (p Places) Credentials() (string, error) { return p.path(awsconf.CredentialsFile) }

// variableOf returns the name of the variable that sets the path of a file.
func variableOf(kind awsconf.Kind) string {
	if kind == awsconf.CredentialsFile {
		return "AWS_SHARED_CREDENTIALS_FILE"
	}
	return "AWS_CONFIG_FILE"
}

func (p Places) path(kind awsconf.Kind) (string, error) {
	if v, _ := p.Lookup(variableOf(kind)); v != "" {
		return p.Expand(v), nil
	}
	name := "config"
	if kind == awsconf.CredentialsFile {
		name = "credentials"
	}
	if p.Home == "" {
		return "", fault.New("the home directory is not known, so neither is ~/.aws/"+name, "set HOME, or "+variableOf(kind))
	}
	return filepath.Join(p.Home, ".aws", name), nil
}

// Expand replaces variables and then ~ in the path of a setting, as the AWS CLI does with
// Python's os.path.expandvars and os.path.expanduser. It leaves anything that it cannot
// replace unchanged.
func (p Places) Expand(path string) string {
	if p.Windows {
		return p.windowsHome(p.windowsVariables(path))
	}
	return p.home(p.variables(path))
}

// variables replaces $NAME and ${NAME}.
func (p Places) variables(path string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(path, '$')
		if i < 0 {
			return b.String() + path
		}
		b.WriteString(path[:i])
		path = path[i:]
		name, size := variable(path)
		if value, ok := p.Lookup(name); ok && size > 0 {
			b.WriteString(value)
		} else {
			size = max(size, 1)
			b.WriteString(path[:size])
		}
		path = path[size:]
	}
}

// variable returns the name in $NAME or ${NAME} at the beginning of a text, and the length of
// that part. The length is 0 if the text begins with neither.
func variable(text string) (name string, size int) {
	if strings.HasPrefix(text, "${") {
		if end := strings.IndexByte(text, '}'); end > 0 {
			return text[2:end], end + 1
		}
		return "", 0
	}
	for size = 1; size < len(text) && isWord(text[size]); size++ {
	}
	if size == 1 {
		return "", 0
	}
	return text[1:size], size
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

// home replaces ~ and ~NAME at the beginning.
func (p Places) home(path string) string {
	if !strings.HasPrefix(path, "~") {
		return path
	}
	end := strings.IndexByte(path, '/')
	if end < 0 {
		end = len(path)
	}
	home, ok := p.Home, p.Home != ""
	if end > 1 {
		if p.HomeOf == nil {
			return path
		}
		home, ok = p.HomeOf(path[1:end])
	}
	if !ok {
		return path
	}
	if expanded := strings.TrimRight(home, "/") + path[end:]; expanded != "" {
		return expanded
	}
	return "/"
}
