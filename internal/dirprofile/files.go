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

// Files gives access to the files of a person's directories, and to the person's decisions
// about them.
type Files struct {
	Search Search
	Trust  Trust
	Stamps Stamps
	// Settle waits until another change of a file would get a different time: the clocks of
	// file systems advance in steps. It reports whether it had to wait. It may be nil.
	Settle func(changed time.Time) bool

	nowhere bool // there is no directory for decisions
}

// New returns the files of a search. Decisions are stored below dir.
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

// Known fails if nothing can be decided about files, because there is no directory for
// decisions.
func (f Files) Known() error {
	if f.nowhere {
		return fault.New("the home directory is not known, so nothing can be trusted", "set HOME")
	}
	return nil
}

// ErrNone means that neither the directory nor one above it has a file.
var ErrNone = errors.New("there is no " + Name)

// Nearest returns the path of a directory's nearest file. If there is none, it returns
// [ErrNone], with shown as the directory's name.
func (f Files) Nearest(dir, shown string) (string, error) {
	path, err := Find(f.Search.Candidates(dir))
	if err == nil && path == "" {
		err = fault.Hinted(fmt.Errorf("%w in %s or above it", ErrNone, shown), "echo PROFILE > "+Name)
	}
	return path, err
}

// At returns the file that a person means with an absolute path: the file itself, or the file
// in that directory. It need not exist.
func At(path string) (file string, ok bool) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, Name)
	}
	return path, filepath.Base(path) == Name
}

// Decided reads a file and looks up the decision about it. It does not read a denied file.
// refusal says why a file cannot be used, regardless of the decision.
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

// Seen is the result of Look.
type Seen struct {
	Path     string // the nearest file; empty: none
	File     File
	Decision Decision
	Refusal  error  // why the file is not used, or why the search failed
	Stamp    string // the file's stamp; empty: none could be made
	Before   bool   // the stamp existed before
}

// Look finds a directory's nearest file, reads it and makes its stamp. If another shell
// decides about the file in the meantime, it looks again: that shell has removed the stamps,
// and the new stamp would hide its decision.
func (f Files) Look(dir string) (s Seen) {
	for range 5 {
		s = f.look(dir)
		if s.Path == "" {
			break
		}
		if _, now, _ := f.Decided(s.Path); now != s.Decision {
			f.Stamps.Forget(s.Path) // the new stamp could make another shell's old one valid again
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
	info, err := os.Lstat(s.Path) // before reading, so that a later change is noticed
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

// Allow trusts a file, and makes every shell look at it again.
func (f Files) Allow(file File) error {
	if err := f.Trust.Allow(file); err != nil {
		return err
	}
	f.Stamps.Forget(file.Path)
	return nil
}

// Deny refuses a file, and makes every shell look at it again.
func (f Files) Deny(path string) error {
	if err := f.Trust.Deny(path); err != nil {
		return err
	}
	f.Stamps.Forget(path)
	return nil
}
