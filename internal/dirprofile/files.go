package dirprofile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"awsvault/internal/fault"
)

// Files are the files that a person's directories have, together with what the person
// has decided about them.
type Files struct {
	Search Search
	Trust  Trust
	Stamps Stamps
	// Settle, if there is one, waits until a file that was changed then gets another
	// time if it is changed again: clocks of file systems move in steps. It says
	// whether it had to.
	Settle func(changed time.Time) bool

	nowhere bool // there is no place for decisions
}

// New returns the files of a search. What is decided is kept below dir.
func New(s Search, dir string) Files {
	trust := Trust{Dir: filepath.Join(dir, "trust"), UID: s.UID}
	s.Mine = trust.Mine
	return Files{
		Search: s,
		Trust:  trust,
		Stamps: Stamps{Dir: filepath.Join(dir, "stamps"), UID: s.UID},

		nowhere: dir == "",
	}
}

// Known says why nothing can be decided about files, where there is no place for it.
func (f Files) Known() error {
	if f.nowhere {
		return fault.New("the home directory is not known, so nothing can be trusted", "set HOME")
	}
	return nil
}

// ErrNone says that no directory on the way up has a file.
var ErrNone = errors.New("there is no " + Name)

// Nearest is the path of the nearest file of a directory. Without one it is an
// [ErrNone], which shown names the directory in.
func (f Files) Nearest(dir, shown string) (string, error) {
	path, err := Find(f.Search.Candidates(dir))
	if err == nil && path == "" {
		err = fault.Hinted(fmt.Errorf("%w in %s or above it", ErrNone, shown), "echo PROFILE > "+Name)
	}
	return path, err
}

// At is the file that a person means by an absolute path: the file itself, or its
// directory. It need not exist.
func At(path string) (file string, ok bool) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, Name)
	}
	return path, filepath.Base(path) == Name
}

// Decided reads a file and looks up what was decided about it. A file that is
// denied is not read. refusal says why a file is not used, whatever was decided.
func (f Files) Decided(path string) (file File, d Decision, refusal error) {
	if denied, err := f.Trust.Denied(path); err != nil {
		return file, Unknown, err
	} else if denied {
		return file, Denied, nil
	}
	file, err := f.Search.Read(path)
	if err != nil {
		return file, Unknown, err
	}
	d, err = f.Trust.Decision(file)
	return file, d, err
}

// Seen is what there is for a directory.
type Seen struct {
	Path     string // of the nearest file; empty: there is none
	File     File
	Decision Decision
	Refusal  error  // why the file is not used, or why none could be looked for
	Stamp    string // of the file as it was seen; empty: it could not be made
	Before   bool   // that stamp had been made before
}

// Look finds the nearest file of a directory, reads it and stamps it. If something is
// decided about it meanwhile, by another shell, it looks again: that shell has removed
// the stamps there were, and the new one would hide the decision.
func (f Files) Look(dir string) (s Seen) {
	for range 5 {
		s = f.look(dir)
		if s.Path == "" {
			break
		}
		if _, now, _ := f.Decided(s.Path); now != s.Decision {
			f.Stamps.Forget(s.Path) // what another shell still has may have come back with it
		} else if s.Stamp != "" {
			break
		}
	}
	return s
}

func (f Files) look(dir string) (s Seen) {
	s.Path, s.Refusal = Find(f.Search.Candidates(dir))
	if s.Refusal != nil || s.Path == "" {
		return s
	}
	info, err := os.Lstat(s.Path) // before it is read: a later change is one to be noticed
	if err == nil && info.Mode().IsRegular() && f.Settle != nil && f.Settle(info.ModTime()) {
		info, err = os.Lstat(s.Path)
	}
	s.File, s.Decision, s.Refusal = f.Decided(s.Path)
	if err == nil {
		stamped := s.File
		stamped.Path = s.Path
		s.Stamp, s.Before = f.Stamps.Make(stamped, info.ModTime(), s.Decision, info.Mode()&fs.ModeSymlink != 0)
	}
	return s
}

// Allow trusts a file, and has every shell look at it again.
func (f Files) Allow(file File) error {
	if err := f.Trust.Allow(file); err != nil {
		return err
	}
	f.Stamps.Forget(file.Path)
	return nil
}

// Deny refuses a file, and has every shell look at it again.
func (f Files) Deny(path string) error {
	if err := f.Trust.Deny(path); err != nil {
		return err
	}
	f.Stamps.Forget(path)
	return nil
}
