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

// maxDepth is how many directories are searched: far more than in practice, and few enough for
// a prompt.
const maxDepth = 256

// Search says for which user, and how far up, to look for files.
type Search struct {
	Home     string   // the user's home, where the search ends
	Ceilings []string // other directories where the search ends, such as a mount point
	UID      int      // the user
	Closed   []string // directories that the search does not enter, nor those above them: see [disk.Automounts]

	// OwnGroup reports whether a group has no member but the user. Many systems give each user
	// such a group, and let it write all of the user's files (umask 002). It may be nil: there
	// is no such group.
	OwnGroup func(gid int) bool
	// Mine reports whether the user has declared a mount to be private: see [disk.Rule].
	Mine func(disk.Mount) bool
}

// Candidates returns the paths at which a file counts for a directory, the nearest first: in
// the directory and in each one above it, up to and including the home directory or a ceiling,
// else the root. There are at most 256.
//
// It only compares names, component by component, because dir is the shell's name of its
// directory, with any links. A directory that is not absolute has no candidates. Nor has an
// empty one, which a shell may have after its directory is gone.
func (s Search) Candidates(dir string) []string {
	dirs := s.dirs(dir)
	paths := make([]string, len(dirs))
	for i, dir := range dirs {
		paths[i] = filepath.Join(dir, Name)
	}
	return paths
}

// dirs returns a directory and those above it that count.
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

// Find returns the first candidate that exists, of whatever kind; Read checks whether it can
// be used. It returns "" if there is none. A directory that is gone, or is a file now, has no
// candidate. A directory that cannot be searched may contain one, so it is an error.
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

// closed returns the directory that keeps the user from a path: the topmost one, because those
// below cannot even be looked at.
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

// Read reads the file at path. It fails with an *Error unless the file is regular, and the
// file and all directories and links on the way to it, beginning with the last directory of
// the search, belong to the user or root and are not writable by others. Other users may write
// to a directory on the way if it is sticky: /tmp/mine is safe from them. They must not be
// able to write to the directory of the file itself, where they could create the file.
//
// The file is opened once, and Read checks, hashes and parses that open file.
func (s Search) Read(path string) (File, error) {
	path = filepath.Clean(path)
	dirs := s.dirs(filepath.Dir(path))
	if len(dirs) == 0 {
		return File{}, &Error{Path: path, Msg: "not an absolute path"}
	}
	// Check the kind first, because opening a device can have effects.
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

// contents reads enough of a file for Parse to notice that it is too long.
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

// notRead converts an error of Open.
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

// rule is for a file, and for a directory on the way to it. Others may write to a sticky
// directory on the way, but not to the one that contains the file.
func (s Search) rule() disk.Rule {
	return disk.Rule{UID: s.UID, Root: true, OwnGroup: s.OwnGroup, Mine: s.Mine}
}

func notFollowed(path, flaw string) *Error {
	hint := "the file and the directories above it must belong to you or root, and others must not be able to write them (chmod go-w)"
	if point := disk.Suspect(path); point != "" {
		hint = fmt.Sprintf("if only you can reach %s: vault allow --mount %s", point, line.Word(point))
	}
	return &Error{Path: path, Msg: "not followed: " + flaw, hint: hint}
}

// checkKind refuses everything but regular files.
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
