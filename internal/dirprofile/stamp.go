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

// Stamps are empty files, each with the time of an .awsprofile. A shell compares the two, and
// checks that the stamp exists. So it notices without a process that the file has changed, or
// that a shell has decided about it.
//
// The name of a stamp has two parts: a hash of the path, and a hash of the file's time, its
// content and the decision. So the new stamp of one shell does not hide the change from
// another shell, which knows the name of the old one. The name ends in .fixed if the file's
// time does not matter: a denied file stays denied whatever it contains, and a link is not
// followed. A shell then only checks that the stamp exists.
type Stamps struct {
	Dir string // absolute; created for the first stamp
	UID int    // the user who must own the directory
}

// mostStamps is how many stamps a file may have.
const mostStamps = 16

// Make makes the stamp of a file with that time, and returns its path; empty if that is
// impossible. fixed says that the time does not matter. there reports whether the stamp
// existed already.
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
	// Two shells may make the same stamp at once: it exists with its time, or not at all.
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() && os.Remove(path) != nil {
		return "", false
	}
	if disk.Replace(path, nil, disk.Options{Time: changed, NoSync: true}) != nil {
		return "", false
	}
	// In a file system with coarser times, the times would always differ.
	if !s.has(path, changed) {
		return "", false
	}
	return path, false
}

// Forget removes the stamps of a path, so that every shell looks again. If a stamp cannot be
// removed, shells notice the change later.
func (s Stamps) Forget(path string) {
	for _, stamp := range s.of(path) {
		_ = os.Remove(stamp)
	}
}

// check refuses a directory to which another user could write.
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

// has reports whether a stamp with that time exists.
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

// prefix is the beginning of the names of a path's stamps.
func prefix(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:12])
}
