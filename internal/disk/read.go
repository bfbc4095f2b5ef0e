package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrTooLarge means that a file is longer than its reader accepts.
var ErrTooLarge = errors.New("the file is too large")

// Reading says which files to open.
type Reading struct {
	Limit    int64                        // bytes; a longer file gives ErrTooLarge
	NoFollow bool                         // refuse a symbolic link
	Check    func(info fs.FileInfo) error // checks the open file; its error is returned unchanged; may be nil
}

// Open opens a regular file for reading. It refuses everything else without waiting: opening a
// pipe waits for a writer, and opening a device can have effects. So it checks the kind of
// file first, and again once the file is open.
func Open(path string, r Reading) (*os.File, fs.FileInfo, error) {
	info, err := r.look(path)
	if err != nil {
		return nil, nil, err
	}
	if err := isRegular(path, info); err != nil {
		return nil, nil, err
	}
	return r.open(path, os.O_RDONLY)
}

// OpenAppend opens a regular file for writing at its end. It creates a missing file and its
// directory, for their owner only.
func OpenAppend(path string, r Reading) (*os.File, fs.FileInfo, error) {
	switch info, err := r.look(path); {
	case err == nil:
		if err := isRegular(path, info); err != nil {
			return nil, nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, nil, err
	}
	f, info, err := r.open(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(dirOf(path), 0o700); err == nil {
			f, info, err = r.open(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE)
		}
	}
	return f, info, err
}

func (r Reading) look(path string) (fs.FileInfo, error) {
	if r.NoFollow {
		return os.Lstat(path)
	}
	return os.Stat(path)
}

func (r Reading) open(path string, flags int) (*os.File, fs.FileInfo, error) {
	if r.NoFollow {
		flags |= noFollow
	}
	f, err := openFile(path, flags|openFlags)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = isRegular(path, info)
	}
	if err == nil && r.Check != nil {
		err = r.Check(info)
	}
	if err == nil && r.Limit > 0 && info.Size() > r.Limit {
		err = fmt.Errorf("%s: %w: more than %d bytes", path, ErrTooLarge, r.Limit)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// ReadFile reads a regular file of at most r.Limit bytes.
func ReadFile(path string, r Reading) ([]byte, error) {
	f, info, err := Open(path, r)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, 0, max(min(info.Size(), r.Limit)+1, 512))
	for { // the file may grow, and files in /proc have no size
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > r.Limit:
			return nil, fmt.Errorf("%s: %w: more than %d bytes", path, ErrTooLarge, r.Limit)
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// ReadShown is like [ReadFile], for a file that a person has named. Errors call the file
// shown.
func ReadShown(path, shown string, limit int64) ([]byte, error) {
	data, err := ReadFile(path, Reading{Limit: limit})
	kind := (*KindError)(nil)
	switch {
	case errors.As(err, &kind):
		return nil, fmt.Errorf("%s is not a regular file", shown)
	case errors.Is(err, ErrTooLarge):
		return nil, fmt.Errorf("%s is larger than %d MiB", shown, limit>>20)
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", shown, Cause(err))
	}
	return data, nil
}
