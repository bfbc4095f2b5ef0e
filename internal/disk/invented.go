package disk

import (
	"os"
	"path/filepath"
	"strings"
)

// inventing lists file systems that make up the owner and the mode of a file, always or by
// default.
var inventing = map[string]bool{
	"9p": true, "drvfs": true, "virtiofs": true, "fakeowner": true, "vboxsf": true, "prl_fs": true, "vmhgfs": true,
	"cifs": true, "smb3": true, "smbfs": true,
	"vfat": true, "msdos": true, "exfat": true, "ntfs": true, "ntfs3": true, "fuseblk": true, "hfs": true, "hfsplus": true, "udf": true, "iso9660": true,
}

// Invents reports whether owners and modes on a mount mean little, so that the user knows
// better who can access its files. keeps tests that, for unknown types of file systems.
func (m Mount) Invents(keeps func(dir string) (kept, known bool)) bool {
	if m.byType() || m.ofHost() {
		return true
	}
	kept, known := keeps(m.Point)
	return known && !kept
}

// byType decides by the type of the file system. WSL keeps owners and modes with the option
// "metadata".
func (m Mount) byType() bool {
	_, kept := m.option("metadata")
	return !kept && (inventing[m.Type] || strings.HasPrefix(m.Type, "fuse."))
}

// ofHost reports whether a mount is a directory that a host shares with a container, in which
// root works on the files of one of the host's users.
func (m Mount) ofHost() bool {
	if os.Geteuid() != 0 || m.Root == "/" {
		return false
	}
	info, err := os.Lstat(m.Point)
	if err != nil || info.Mode().Perm()&0o002 != 0 {
		return false
	}
	owner, _, ok := ids(info)
	return ok && owner != 0
}

// Keeps tests whether a file in a directory keeps its owner and its mode. known is false if no
// file can be created.
func Keeps(dir string) (kept, known bool) {
	f, err := os.CreateTemp(dir, ".vault-*")
	if err != nil {
		return false, false
	}
	defer os.Remove(f.Name())
	defer f.Close()
	for _, mode := range []os.FileMode{0o600, 0o640} {
		changed := os.Chmod(f.Name(), mode)
		info, err := os.Lstat(f.Name())
		if err != nil {
			return false, false
		}
		if owner, _, ok := ids(info); changed != nil || info.Mode().Perm() != mode || !ok || owner != os.Geteuid() {
			return false, true
		}
	}
	return true, true
}

// Suspect returns the mount point that may explain a flaw of a path: its files may not show
// who can access them. It returns an empty text if the mount is not the reason.
func Suspect(path string) string {
	m, ok := MountOf(filepath.Dir(path))
	if !ok || m.Point == "/" || !m.byType() && !m.ofHost() {
		return ""
	}
	return m.Point
}
