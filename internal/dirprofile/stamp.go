package dirprofile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"awsvault/internal/disk"
)

// Stamps are empty files, each with the time of an .awsprofile. A shell compares the
// two, and looks whether the stamp is there: so it sees, without a process, that the
// file was changed, or that something was decided about it, in any shell.
//
// The name of a stamp has two parts: a hash of the path, and a hash of the file's
// time, its content and the decision. So one shell's new stamp does not hide the
// change from another shell, which has the name of the old one. It ends in .fixed where
// the file's time does not matter: what is denied is so whatever it says, and a link is
// not followed. Then a shell looks only whether the stamp is there.
type Stamps struct {
	Dir string // absolute; made for the first stamp
	UID int    // the user, whose directory it must be
}

// mostStamps is how many there may be of one file.
const mostStamps = 16

// Make makes the stamp of a file with that time, and gives its path: empty if it
// cannot be made. fixed says that the time does not matter. there says that the stamp
// had been made before.
func (s Stamps) Make(f File, changed time.Time, d Decision, fixed bool) (path string, there bool) {
	path = s.path(f, changed, d, fixed || d == Denied)
	if s.check() != nil {
		return "", false
	}
	if s.has(path, changed) {
		return path, true
	}
	if len(s.of(f.Path)) >= mostStamps {
		s.Forget(f.Path)
	}
	if os.MkdirAll(s.Dir, 0o700) != nil || s.check() != nil {
		return "", false
	}
	// Two shells may make the same one at once: it is there with its time, or not there.
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() && os.Remove(path) != nil {
		return "", false
	}
	if disk.Replace(path, nil, disk.Options{Time: changed, NoSync: true}) != nil {
		return "", false
	}
	// In a file system that counts in coarser steps the times would always differ.
	if !s.has(path, changed) {
		return "", false
	}
	return path, false
}

// Forget removes the stamps of a path, so that every shell asks anew. One that
// cannot be removed is noticed later.
func (s Stamps) Forget(path string) {
	for _, stamp := range s.of(path) {
		_ = os.Remove(stamp)
	}
}

// check refuses a directory in which another user could put something.
func (s Stamps) check() error {
	if !filepath.IsAbs(s.Dir) {
		return &Error{Path: s.Dir, Msg: "not an absolute path"}
	}
	err := disk.Rule{UID: s.UID}.CheckDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// has tells whether a stamp is there, with that time.
func (s Stamps) has(path string, changed time.Time) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular() && info.ModTime().Equal(changed)
}

func (s Stamps) path(f File, changed time.Time, d Decision, fixed bool) string {
	when, end := changed.UnixNano(), ""
	if fixed {
		when, end = 0, ".fixed"
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %x", when, d, f.Sum))
	return filepath.Join(s.Dir, prefix(f.Path)+"."+hex.EncodeToString(sum[:8])+end)
}

// of lists the stamps of a path.
func (s Stamps) of(path string) (stamps []string) {
	if s.check() != nil {
		return nil
	}
	entries, _ := os.ReadDir(s.Dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix(path)+".") {
			stamps = append(stamps, filepath.Join(s.Dir, e.Name()))
		}
	}
	return stamps
}

// prefix begins the names of the stamps of a path.
func prefix(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:12])
}
