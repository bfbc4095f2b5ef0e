package dirprofile

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// AllowMount records that only the person can get at what is mounted at a directory. typed
// is the directory as they named it; tilde shortens a path for them; show shows the mount
// before it is trusted.
func (f Files) AllowMount(dir, typed string, tilde func(string) string, show func(disk.Mount)) (disk.Mount, error) {
	m, err := mountAt(dir, typed, tilde)
	if err != nil {
		return m, err
	}
	home, _ := disk.MountOf(f.Search.Home)
	if err := canTrust(m, home); err != nil {
		return m, err
	}
	show(m)
	return m, f.Trust.AllowMount(m)
}

// DenyMount takes that back, and returns the mount's point. What is mounted there may be
// gone.
func (f Files) DenyMount(dir string) (point string, err error) {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return dir, f.Trust.DenyMount(dir)
}

// canTrust refuses a mount that must not be trusted as a whole, and one for which there is
// no need. home is the mount that the home directory is on. Who could write the rest of the
// system would decide here too, if that were allowed.
func canTrust(m, home disk.Mount) error {
	if m.Point == "/" || m.Point == home.Point {
		return fault.New(fmt.Sprintf("%s is the mount that has your home directory: vault cannot trust all of it", m.Point), "chmod go-w FILE   stops others from changing it")
	}
	if !m.Invents(disk.Keeps) {
		return fault.New(fmt.Sprintf("files on %s (%s) show their true owners and modes, so vault checks those", m.Point, m.Type), "chmod go-w FILE   stops others from changing it")
	}
	return nil
}

// mountAt is the mount whose point a directory is. typed is the directory as the person
// named it; tilde shortens a path for them.
func mountAt(dir, typed string, tilde func(string) string) (disk.Mount, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		if cause := (*fs.PathError)(nil); errors.As(err, &cause) {
			err = cause.Err
		}
		return disk.Mount{}, fmt.Errorf("%s: %w", typed, err)
	}
	m, ok := disk.MountOf(dir)
	switch {
	case !ok:
		return m, fault.New("this system does not say what is mounted where", "")
	case m.Point != dir:
		return m, fault.New(fmt.Sprintf("%s is no mount point: it is on %s", tilde(dir), m.Point), "vault allow --mount "+line.Word(m.Point))
	}
	return m, nil
}
