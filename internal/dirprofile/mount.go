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

// AllowMount records that only the person can access what is mounted at a directory. typed is
// the directory as the person typed it. tilde shortens a path for display, and show shows the
// mount before it is trusted.
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

// DenyMount removes that record, and returns the mount point. The mount itself may be gone.
func (f Files) DenyMount(dir string) (point string, err error) {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return dir, f.Trust.DenyMount(dir)
}

// canTrust refuses a mount that must not be trusted as a whole, and one for which trust is
// unnecessary. home is the mount of the home directory. Trust in it would allow anyone who can
// write other parts of the system to decide here too.
func canTrust(m, home disk.Mount) error {
	if m.Point == "/" || m.Point == home.Point {
		return fault.New(fmt.Sprintf("%s is the mount that has your home directory: vault cannot trust all of it", m.Point), "chmod go-w FILE   stops others from changing it")
	}
	if !m.Invents(disk.Keeps) {
		return fault.New(fmt.Sprintf("files on %s (%s) show their true owners and modes, so vault checks those", m.Point, m.Type), "chmod go-w FILE   stops others from changing it")
	}
	return nil
}

// mountAt returns the mount at a directory, which must be a mount point. typed is the
// directory as the person typed it, and tilde shortens a path for display.
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
