package dirprofile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"awsvault/internal/disk"
	"awsvault/internal/line"
)

// maxDepth bounds how many directories are looked at: far more than there are in
// practice, few enough for a prompt.
const maxDepth = 256

// Search says for whom, and how far up, files are looked for.
type Search struct {
	Home     string   // the user's; the last directory that counts for what is in it
	Ceilings []string // other directories that are the last that count, such as a mount point
	UID      int      // the user
	Closed   []string // directories that are not looked into, nor what is above them: see [disk.Automounts]

	// OwnGroup tells whether a group has no member but the user. Many systems
	// give each user such a group, and let it write all that the user makes
	// (umask 002). It may be nil: there is none.
	OwnGroup func(gid int) bool
	// Mine tells whether the user said that a mount is theirs alone: see [disk.Rule].
	Mine func(disk.Mount) bool
}

// Candidates are the paths at which a file would count for a directory, nearest
// first: in it and in each directory above, up to and including the home
// directory or a ceiling, else the root. There are at most 256.
//
// Only names are compared, component by component, since dir is what the shell
// calls its directory, links and all. A directory that is not absolute has no
// candidates; nor has the empty one, which a shell may have when its directory is
// gone.
func (s Search) Candidates(dir string) []string {
	dirs := s.dirs(dir)
	paths := make([]string, len(dirs))
	for i, dir := range dirs {
		paths[i] = filepath.Join(dir, Name)
	}
	return paths
}

// dirs are a directory and those above it that count.
func (s Search) dirs(dir string) []string {
	if !filepath.IsAbs(dir) {
		return nil
	}
	var dirs []string
	dir = filepath.Clean(dir)
	for len(dirs) < maxDepth && !slices.Contains(s.Closed, dir) {
		dirs = append(dirs, dir)
		above := filepath.Dir(dir)
		if above == dir || s.isLast(dir) {
			break
		}
		dir = above
	}
	return dirs
}

func (s Search) isLast(dir string) bool {
	if samePath(dir, filepath.Clean(s.Home)) {
		return true
	}
	for _, ceiling := range s.Ceilings {
		if samePath(dir, filepath.Clean(ceiling)) {
			return true
		}
	}
	return false
}

func samePath(a, b string) bool {
	return a == b || runtime.GOOS == "windows" && strings.EqualFold(a, b)
}

// Find returns the first of the candidates that exists, as whatever it is; Read
// tells whether it can be used. It returns "" if none does. A directory that is
// gone, or has become a file, holds no candidate, but one that cannot be searched
// may hold the one that counts: that is an error.
func Find(candidates []string) (path string, err error) {
	for _, path := range candidates {
		_, err := os.Lstat(path)
		switch {
		case err == nil:
			return path, nil
		case errors.Is(err, fs.ErrPermission):
			e := failed(closed(path), "cannot look for "+Name+" here", err)
			e.hint = "chmod u+x the directory, or end the search below it with AWS_VAULT_CEILING_DIRECTORIES"
			return "", e
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			return "", failed(path, "cannot be looked at", err)
		}
	}
	return "", nil
}

// closed is the directory that does not let the user through to a path: the topmost
// one, as those below cannot even be looked at.
func closed(path string) string {
	dir := filepath.Dir(path)
	for above := dir; ; above = filepath.Dir(above) {
		// The dot makes the system enter the directory.
		if _, err := os.Lstat(above + string(filepath.Separator) + "."); errors.Is(err, fs.ErrPermission) {
			dir = above
		}
		if above == filepath.Dir(above) {
			return dir
		}
	}
}

// Read reads the file at path. It is not followed, which is an *Error, unless it
// is a regular file, it and all directories and links on the way to it, from the
// last one of the search on, belong to the user or root, and other users
// cannot write them. In a directory on the way others may write if it is sticky, as
// /tmp/mine is safe from others; in the directory that holds the file they may
// not, as they could put it there.
//
// The file is opened once; what was opened is what is checked, hashed and parsed.
func (s Search) Read(path string) (File, error) {
	path = filepath.Clean(path)
	dirs := s.dirs(filepath.Dir(path))
	if len(dirs) == 0 {
		return File{}, &Error{Path: path, Msg: "not an absolute path"}
	}
	// Opening a device can have effects, so that what it is comes first.
	info, err := os.Lstat(path)
	if err != nil {
		return File{}, failed(path, "cannot be read", err)
	}
	if err := checkKind(path, info.Mode()); err != nil {
		return File{}, err
	}
	if err := s.checkWay(path, dirs[0], dirs[len(dirs)-1]); err != nil {
		return File{}, err
	}
	data, err := s.contents(path)
	if err != nil {
		return File{}, err
	}
	return Parse(path, data)
}

// contents reads as much of a file as Parse needs to find it too long.
func (s Search) contents(path string) ([]byte, error) {
	f, _, err := disk.Open(path, disk.Reading{NoFollow: true, Check: func(info fs.FileInfo) error {
		if flaw := s.rule().Flaw(path, info); flaw != "" {
			return notFollowed(path, "it "+flaw)
		}
		return nil
	}})
	if err != nil {
		return nil, notRead(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, failed(path, "cannot be read", err)
	}
	return data, nil
}

// notRead is an error of Open, as ours.
func notRead(path string, err error) error {
	var flaw *Error
	var kind *disk.KindError
	switch {
	case errors.As(err, &flaw):
		return flaw
	case errors.As(err, &kind):
		return checkKind(path, kind.Mode)
	}
	return failed(path, "cannot be read", err)
}

// rule is for a file, and for a directory on the way to it: there, others may
// write if it is sticky, but in the one that holds the file they may not.
func (s Search) rule() disk.Rule {
	return disk.Rule{UID: s.UID, Root: true, OwnGroup: s.OwnGroup, Mine: s.Mine}
}

func notFollowed(path, flaw string) *Error {
	hint := "the file and the directories above it must belong to you or root, and others must not be able to write them (chmod go-w)"
	if point := disk.Suspect(path); point != "" {
		hint = fmt.Sprintf("if only you can get at %s: vault allow --mount %s", point, line.Word(point))
	}
	return &Error{Path: path, Msg: "not followed: " + flaw, hint: hint}
}

// checkKind refuses all but regular files.
func checkKind(path string, mode fs.FileMode) error {
	kind := "not a regular file"
	switch {
	case mode.IsRegular():
		return nil
	case mode&fs.ModeSymlink != 0:
		kind = "a symbolic link"
	case mode.IsDir():
		kind = "a directory"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	}
	return &Error{Path: path, Msg: "not followed: it is " + kind, hint: "put a regular file in its place"}
}
