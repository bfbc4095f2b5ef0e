package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"awsvault/internal/disk"
)

const (
	name  = "log"
	older = "log.1" // the previous log, which became too long
	most  = 1 << 20 // bytes; a longer file is rotated

	// mostRead limits how much is read from a file that is longer than vault makes it.
	mostRead = 4 * most
	// patience is how long a rotation waits for another process that rotates the log.
	patience = 50 * time.Millisecond
)

// Log is the log of one user. The zero value logs nothing.
type Log struct {
	Dir string // the state directory; empty: log nothing
	By
}

// Variable switches the log off.
const Variable = "AWS_VAULT_LOG"

// Of returns the log in a state directory, unless the variable switches it off.
func Of(dir string, getenv func(string) string, by By) Log {
	if getenv(Variable) == "off" {
		return Log{}
	}
	return Log{Dir: dir, By: by}
}

// Path returns the path of the log.
func Path(dir string) string { return filepath.Join(dir, name) }

// ForeignError reports that the file in place of the log is not vault's.
type ForeignError struct{ Path, Flaw string }

// Error names the file and its flaw.
func (e *ForeignError) Error() string { return e.Path + " " + e.Flaw }

// reading opens only a file that belongs to the user, and no link.
func reading(path string) disk.Reading {
	return disk.Reading{NoFollow: true, Check: func(info fs.FileInfo) error {
		if flaw := disk.Ours().Flaw(path, info); flaw != "" {
			return &ForeignError{path, flaw}
		}
		return nil
	}}
}

// failure converts an error about a file.
func failure(path string, err error) error {
	if kind := (*disk.KindError)(nil); errors.As(err, &kind) {
		return &ForeignError{path, kind.Flaw()}
	}
	return err
}

// Check says why no session can be added to an existing log.
func Check(dir string) error {
	path := Path(dir)
	f, _, err := disk.Open(path, reading(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return failure(path, err)
	}
	f.Close()
	if f, _, err = disk.OpenAppend(path, reading(path)); err == nil {
		f.Close()
	}
	return err
}

// Add writes an entry in one write, so lines of two processes do not mix. It fails with a
// [ForeignError] if another user could have put the file there.
func (l Log) Add(e Entry) error {
	if l.Dir == "" {
		return nil
	}
	e.By = l.By
	path := Path(l.Dir)
	f, info, err := disk.OpenAppend(path, reading(path))
	if err != nil {
		return failure(path, err)
	}
	defer f.Close()
	text := e.line()
	if torn(f, path, info) {
		text = append([]byte{'\n'}, text...)
	}
	if _, err := f.Write(text); err != nil {
		return err
	}
	if info.Size()+int64(len(text)) > most {
		l.rotate()
	}
	return nil
}

// torn reports whether a process was killed, or the disk was full, in the middle of the last
// line. It reads the file only if that still is the one being written.
func torn(f *os.File, path string, info fs.FileInfo) bool {
	if info.Size() == 0 {
		return false
	}
	r, now, err := disk.Open(path, reading(path))
	if err != nil {
		return false
	}
	defer r.Close()
	var last [1]byte
	_, err = r.ReadAt(last[:], info.Size()-1)
	return err == nil && os.SameFile(info, now) && last[0] != '\n'
}

// rotate makes room in the log. A process that has the old file open continues in it, so its
// line is not lost. A process that cannot rotate leaves that to the next one.
func (l Log) rotate() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	unlock, err := disk.Locks{Dirs: []string{filepath.Join(l.Dir, "locks")}}.Lock(ctx, name)
	if err != nil {
		return
	}
	defer unlock()
	path := Path(l.Dir)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() <= most {
		return // another process has rotated it
	}
	_ = disk.Move(path, filepath.Join(l.Dir, older)) // if it fails, the next line tries again
}

// Read calls each with every entry of the log, the oldest first. It skips lines that are no
// entries. A missing log is not an error.
func Read(dir string, each func(Entry)) error {
	for _, file := range []string{older, name} {
		path := filepath.Join(dir, file)
		f, info, err := disk.Open(path, reading(path))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return failure(path, fmt.Errorf("read %s: %w", path, disk.Cause(err)))
		}
		err = read(f, info.Size(), each)
		f.Close()
		if err != nil {
			return fmt.Errorf("read %s: %w", path, disk.Cause(err))
		}
	}
	return nil
}

// read reads the lines of a file; of a long file, only the last ones. It does not wait for new
// lines.
func read(f io.ReaderAt, size int64, each func(Entry)) error {
	from := max(size-mostRead, 0)
	in := bufio.NewReaderSize(io.NewSectionReader(f, from, size-from), mostLine)
	skip := from > 0 // the first line is incomplete
	for {
		text, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull): // vault did not write that line
			skip = true
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return err
		}
		if e, ok := parse(text); ok && !skip {
			each(e)
		}
		skip = false
		if err != nil {
			return nil
		}
	}
}
