package dirprofile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Named returns the file that a person means with a path: the file itself, or the file in that
// directory. tilde shortens a path for display.
func Named(abs string, tilde func(string) string) (string, error) {
	file, ok := At(abs)
	if _, err := os.Lstat(file); !ok && errors.Is(err, fs.ErrNotExist) {
		return "", fault.NewUsage(tilde(file)+" does not exist", "vault allow   trusts the nearest .awsprofile")
	}
	if !ok {
		return "", fault.NewUsage(fmt.Sprintf("%s is not called %s", tilde(file), Name), "")
	}
	return file, nil
}

// Trusted reads a file that the person trusts. It fails for any other file.
func (files Files) Trusted(path, shown string) (File, error) {
	f, decision, err := files.Decided(path)
	switch {
	case err != nil:
	case decision == Denied:
		err = fault.Hinted(fmt.Errorf("%s is ignored: you denied it", shown), "vault allow   trusts it again; or vault use PROFILE")
	case decision == Unknown:
		err = fault.Hinted(fmt.Errorf("%s (profile %s) is not trusted yet", shown, f.Profile), "vault allow   or vault use "+line.Word(strings.TrimSpace(f.Profile)))
	}
	return f, err
}
