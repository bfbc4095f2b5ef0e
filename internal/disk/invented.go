package disk

import (
	"os"
	"path/filepath"
	"strings"
)

// inventing are the types of file systems that make up the owner and the mode of a
// file, all of them or by default.
var inventing = map[string]bool{
	"9p": true, "drvfs": true, "virtiofs": true, "fakeowner": true, "vboxsf": true, "prl_fs": true, "vmhgfs": true,
	"cifs": true, "smb3": true, "smbfs": true,
	"vfat": true, "msdos": true, "exfat": true, "ntfs": true, "ntfs3": true, "fuseblk": true, "hfs": true, "hfsplus": true, "udf": true, "iso9660": true,
}

// Invents tells whether owners and modes on a mount say little, so that the user knows
// better who can get at its files. keeps measures it, for types that are not known.
func (m Mount) Invents(keeps func(dir string) (kept, known bool)) bool {
	if m.byType() || m.ofHost() {
		return true
	}
	kept, known := keeps(m.Point)
	return known && !kept
}

// byType goes by the name of the file system. WSL keeps owners and modes if it was
// told to, by "metadata".
func (m Mount) byType() bool {
	_, kept := m.option("metadata")
	return !kept && (inventing[m.Type] || strings.HasPrefix(m.Type, "fuse."))
}

// ofHost tells whether a mount is a directory that a host has lent to a container, in
// which root works on the files of one of the host's users.
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

// Keeps tries out whether a file in a directory keeps its owner and its mode. known is
// false where no file can be made.
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

// Suspect is the mount point that may be the reason for a flaw of a path: who can get
// at what is there, the user knows better than its files show. Empty: it is the path's
// own.
func Suspect(path string) string {
	m, ok := MountOf(filepath.Dir(path))
	if !ok || m.Point == "/" || !m.byType() && !m.ofHost() {
		return ""
	}
	return m.Point
}
