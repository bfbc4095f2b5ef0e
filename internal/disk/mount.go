package disk

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Mount is a file system at its place in the tree: a line of /proc/self/mountinfo, see
// proc_pid_mountinfo(5).
type Mount struct {
	Point  string // where it is mounted
	Type   string // 9p, tmpfs, fuse.sshfs
	Source string // a device, C:\, //server/share
	Root   string // the directory of the file system that appears at Point

	id, above, device string
	options           []string // of the mount and of the file system: "rw", "uid=1000"
}

// MountOf returns the mount that contains a path. The path itself may be missing, but not its
// directory. ok is false if the system does not tell.
func MountOf(path string) (m Mount, ok bool) {
	real, err := realPath(path, false)
	if err != nil {
		return Mount{}, false
	}
	return mountsOf(real, readMounts())
}

// automounts returns the directories in which an automounter creates what programs look for.
func automounts(all []Mount) (points []string) {
	for _, m := range all {
		if m.Type == "autofs" && slices.Contains(m.options, "indirect") && !slices.Contains(points, m.Point) {
			points = append(points, m.Point)
		}
	}
	return points
}

// realPath returns a path without links. With link, the last element stays, because it is the
// link itself that was looked at.
func realPath(path string, link bool) (string, error) {
	if !filepath.IsAbs(path) {
		return "", fs.ErrInvalid
	}
	if !link {
		return filepath.EvalSymlinks(path)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	return filepath.Join(dir, filepath.Base(path)), err
}

// parseMounts reads those lines of mountinfo that it understands.
func parseMounts(text string) (all []Mount) {
	for line := range strings.Lines(text) {
		mount, system, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		f, s := strings.Split(mount, " "), strings.Split(system, " ")
		if !ok || len(f) < 6 || len(s) < 3 {
			continue
		}
		split := func(r rune) bool { return r == ',' || r == ';' } // 9p has options within an option
		options := append(strings.FieldsFunc(unescape(f[5]), split), strings.FieldsFunc(unescape(s[2]), split)...)
		all = append(all, Mount{
			id: f[0], above: f[1], device: f[2], Root: unescape(f[3]), Point: unescape(f[4]),
			Type: unescape(s[0]), Source: unescape(s[1]), options: options,
		})
	}
	return all
}

// unescape replaces the kernel's \040 with a space.
func unescape(text string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '\\')
		if i < 0 || i+4 > len(text) {
			return b.String() + text
		}
		n, err := strconv.ParseUint(text[i+1:i+4], 8, 8)
		b.WriteString(text[:i])
		if err != nil {
			b.WriteByte('\\')
			text = text[i+1:]
			continue
		}
		b.WriteByte(byte(n))
		text = text[i+4:]
	}
}

// mountsOf follows a path from the root through its mounts, as the kernel does: it does not
// reach a mount that another one covers.
func mountsOf(path string, all []Mount) (m Mount, ok bool) {
	for _, root := range all {
		if root.Point == "/" && !hasID(all, root.above) {
			m, ok = root, true
		}
	}
	for range all {
		next := -1
		for i, below := range all {
			if below.above == m.id && below.id != m.id && isBelow(path, below.Point) && (next < 0 || len(below.Point) < len(all[next].Point)) {
				next = i
			}
		}
		if !ok || next < 0 {
			break
		}
		m = all[next]
	}
	return m, ok
}

func hasID(all []Mount, id string) bool {
	for _, m := range all {
		if m.id == id {
			return true
		}
	}
	return false
}

// isBelow reports whether a path is a directory itself, or inside it.
func isBelow(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}

func (m Mount) option(name string) (value string, ok bool) {
	for _, o := range m.options {
		if key, v, _ := strings.Cut(o, "="); key == name {
			value, ok = v, true
		}
	}
	return value, ok
}

// isOf reports whether a mount's options reserve it for one user. Its files show an owner and
// a mode that the file system makes up.
func (m Mount) isOf(uid int) bool {
	is := func(name string) bool { v, ok := m.option(name); return ok && v == strconv.Itoa(uid) }
	has := func(name string) bool { _, ok := m.option(name); return ok }
	if strings.HasPrefix(m.Type, "fuse") && !has("allow_other") {
		return is("user_id") // the kernel keeps other users out
	}
	if is("access") && m.Type == "9p" {
		return true // so does 9p with access=UID
	}
	// WSL: a distribution belongs to one Windows user, and Windows checks every access. With
	// "metadata", the modes of files have a meaning.
	aname, _ := m.option("aname")
	return is("uid") && (aname == "drvfs" || m.Type == "drvfs") && !has("metadata")
}

// obeys reports whether the modes of a file system have any effect. FUSE ignores them unless
// an option says otherwise, and cifs obeys them unless an option says otherwise.
func (m Mount) obeys() bool {
	if _, ignored := m.option("noperm"); ignored {
		return false
	}
	_, told := m.option("default_permissions")
	return told || !strings.HasPrefix(m.Type, "fuse")
}

// closed finds a directory that lets no user in but uid: the mount point or one above it. That
// is so for vfat with umask=077 or cifs with dir_mode=0700.
func (m Mount) closed(uid int, all []Mount) (dir string, ok bool) {
	for dir = m.Point; ; dir = filepath.Dir(dir) {
		info, err := os.Lstat(dir)
		if err == nil && info.IsDir() && info.Mode().Perm()&0o033 == 0 {
			owner, _, known := ids(info)
			if holder, found := mountsOf(dir, all); known && owner == uid && found && holder.obeys() {
				return dir, true
			}
		}
		if dir == filepath.Dir(dir) {
			return "", false
		}
	}
}

// Alone reports whether only the rule's user can access a path, as far as mounts tell.
func (r Rule) Alone(path string) bool { return r.alone(path, false) }

// alone reports whether only the rule's user can access a path, as far as mounts tell. It
// ignores the file's owner and mode, which are made up or belong to another system: WSL,
// Docker Desktop, a devcontainer, SMB.
func (r Rule) alone(path string, link bool) bool {
	real, err := realPath(path, link)
	if err != nil {
		return false
	}
	all := readMounts()
	m, ok := mountsOf(real, all)
	if !ok || m.Point == "/" {
		return false
	}
	if m.isOf(r.UID) || r.Mine != nil && r.Mine(m) {
		return true
	}
	dir, ok := m.closed(r.UID, all)
	if !ok {
		return false
	}
	// The same file may appear in another place, too.
	inside := filepath.Join(m.Root, strings.TrimPrefix(real, m.Point))
	for _, other := range all {
		if other.device == m.device && isBelow(inside, other.Root) && !isBelow(other.Point, dir) {
			return false
		}
	}
	return true
}
