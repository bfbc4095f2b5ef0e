package instant

import (
	"os/user"
	"runtime"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/awsfile"
	"awsvault/internal/resolve"
)

// profiles finds the profiles in the AWS files. It reads the files once for the names that
// fit, and again if it describes some of them. It reports no errors: an unreadable file
// counts as empty.
type profiles struct {
	getenv    func(string) string
	describer *resolve.Describer
}

// reader reads an AWS file.
type reader func(path, shown string, kind awsconf.Kind) (*awsconf.File, error)

// config reads both AWS files.
func (p *profiles) config(read reader) *awsconf.Config {
	places := p.places()
	return awsconf.Merge(file(awsconf.ConfigFile, places.Config, read), file(awsconf.CredentialsFile, places.Credentials, read))
}

func file(kind awsconf.Kind, find func() (string, error), read reader) *awsconf.File {
	path, err := find()
	if err != nil {
		return nil
	}
	f, _ := read(path, path, kind)
	return f
}

func (p *profiles) places() awsfile.Places {
	home := p.getenv("HOME")
	if runtime.GOOS == "windows" {
		home = p.getenv("USERPROFILE")
	}
	if home == "" {
		if u, err := user.Current(); err == nil {
			home = u.HomeDir
		}
	}
	return awsfile.Places{
		Lookup:  func(name string) (string, bool) { v := p.getenv(name); return v, v != "" },
		Home:    home,
		HomeOf:  homeOf,
		Windows: runtime.GOOS == "windows",
	}
}

func homeOf(name string) (string, bool) {
	u, err := user.Lookup(name)
	if err != nil {
		return "", false
	}
	return u.HomeDir, true
}

// look lists the profiles whose names fit.
func (p *profiles) look(fits func(name string) bool) []candidate {
	names := p.config(func(path, shown string, kind awsconf.Kind) (*awsconf.File, error) {
		return awsfile.ReadNames(path, shown, kind, fits)
	}).Match(fits)
	list := make([]candidate, len(names))
	for i, name := range names {
		list[i] = candidate{value: name, profile: name}
	}
	return list
}

// about returns the account and the role of a profile, as `list` and `use` show them.
func (p *profiles) about(name string) string {
	if p.describer == nil {
		p.describer = resolve.NewDescriber(resolve.Inputs{Config: p.config(awsfile.Read), Getenv: p.getenv, PreferProfileRegion: true})
	}
	d := p.describer.Describe(name)
	return strings.TrimSpace(d.Account + " " + d.Role)
}
