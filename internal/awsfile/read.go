package awsfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/disk"
)

// mostReads limits how often a file is read again because another program changes it.
const mostReads = 3

var errChanged = errors.New("another program keeps changing it")

// Read reads a file, or the needed parts of a large one: see [awsconf.Open]. Positions and
// messages name the file by shown, its path in the form that people read.
//
// Like the AWS CLI, Read treats a missing file as empty, and also a file that it may not read
// and a path that leads to something else (a directory, a pipe, /dev/null). In the last two
// cases [awsconf.Config.Problems] says what the path leads to. Read opens nothing that could
// block and reads nothing without an end.
func Read(path, shown string, kind awsconf.Kind) (*awsconf.File, error) {
	return read(path, shown, kind, inParts(awsconf.Open))
}

// ReadForFew is like Read, for a program that will ask for a few sections by name: see
// [awsconf.OpenForFew].
func ReadForFew(path, shown string, kind awsconf.Kind) (*awsconf.File, error) {
	return read(path, shown, kind, inParts(awsconf.OpenForFew))
}

// ReadBoth reads both files with [Read] or [ReadForFew]. shown formats a path for people.
func (p Places) ReadBoth(read func(path, shown string, kind awsconf.Kind) (*awsconf.File, error), shown func(path string) string) (*awsconf.Config, error) {
	path, err := p.Config()
	if err != nil {
		return nil, err
	}
	config, err := read(path, shown(path), awsconf.ConfigFile)
	if err != nil {
		return nil, err
	}
	if path, err = p.Credentials(); err != nil {
		return nil, err
	}
	credentials, err := read(path, shown(path), awsconf.CredentialsFile)
	if err != nil {
		return nil, err
	}
	return awsconf.Merge(config, credentials), nil
}

// ReadNames reads only the names of the profiles that keep accepts: see [awsconf.OpenNames].
func ReadNames(path, shown string, kind awsconf.Kind, keep func(name string) bool) (*awsconf.File, error) {
	return read(path, shown, kind, func(path string, kind awsconf.Kind, source io.ReaderAt) (*awsconf.File, error) {
		return awsconf.OpenNames(path, kind, source, keep)
	})
}

// opener parses a file from a source. If it is nil, the whole file is read.
type opener func(path string, kind awsconf.Kind, source io.ReaderAt) (*awsconf.File, error)

// inParts returns open, or nil on Windows: Windows does not allow the replacement of an open
// file, so vault does not keep the file open there.
func inParts(open opener) opener {
	if runtime.GOOS == "windows" {
		return nil
	}
	return open
}

func read(path, shown string, kind awsconf.Kind, open opener) (f *awsconf.File, err error) {
	for range mostReads {
		if f, err = readOnce(path, shown, kind, open); err != errChanged {
			break
		}
	}
	failed, fault := (*fs.PathError)(nil), (*awsconf.Error)(nil)
	switch {
	case err == nil, errors.As(err, &fault):
		return f, err
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return awsconf.None(shown, kind)
	case instead(err) != "":
		return awsconf.Absent(shown, kind, instead(err)), nil
	case errors.As(err, &failed):
		return nil, fmt.Errorf("read %s: %w", shown, failed.Err)
	}
	if err == errChanged {
		err = fmt.Errorf("read %s: %w", shown, err)
	}
	return nil, err
}

func readOnce(path, shown string, kind awsconf.Kind, open opener) (*awsconf.File, error) {
	opened, info, err := disk.Open(path, disk.Reading{})
	if err != nil {
		return nil, err
	}
	return (&source{File: opened, size: info.Size(), modified: info.ModTime()}).read(shown, kind, open)
}

// read parses the file, and closes it if all of it is then in memory.
func (s *source) read(shown string, kind awsconf.Kind, open opener) (f *awsconf.File, err error) {
	if open == nil {
		var text []byte
		if text, err = io.ReadAll(io.NewSectionReader(s.File, 0, awsconf.MaxSize+1)); err == nil {
			f, err = awsconf.Parse(shown, kind, text)
		}
	} else {
		s.scanning = true
		f, err = open(shown, kind, s)
		s.scanning = false
	}
	if s.changed() {
		f, err = nil, errChanged
	}
	if f == nil || !f.Partial() {
		s.Close()
	}
	return f, err
}

// instead describes what vault found in place of a file. The text is the end of a sentence
// that begins with the path. It is empty if err has another cause.
func instead(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "cannot be read: permission denied"
	case errors.Is(err, syscall.ELOOP):
		return "is a symbolic link that leads back to itself"
	}
	if kind := (*disk.KindError)(nil); errors.As(err, &kind) {
		return kind.Flaw()
	}
	return ""
}

// source is a file that is read in parts. It stays open while it is in use, so that its
// content stays the same even if another file replaces it.
type source struct {
	*os.File
	size     int64
	modified time.Time
	scanning bool // a change is checked after the scan
}

// Size returns the size that the file had when it was opened.
func (s *source) Size() int64 { return s.size }

// ReadAt reads from the file's content at the time of opening. It fails if that has changed.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.File.ReadAt(p, off)
	if !s.scanning && (err == nil || err == io.EOF) && s.changed() {
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

func (s *source) changed() bool {
	info, err := s.Stat()
	return err == nil && (info.Size() != s.size || !info.ModTime().Equal(s.modified))
}
