package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrTooLarge says that a file is longer than its reader wants it.
var ErrTooLarge = errors.New("the file is too large")

// Reading says which files are read.
type Reading struct {
	Limit    int64                        // bytes; a longer file is ErrTooLarge
	NoFollow bool                         // a symbolic link is refused
	Check    func(info fs.FileInfo) error // what it says of the file that was opened is returned as it is; may be nil
}

// Open opens a regular file for reading. Anything else is refused without waiting
// for it: opening a pipe waits for a writer, and opening a device can have
// effects, so that what it is comes first, and is looked at again afterwards.
func Open(path string, r Reading) (*os.File, fs.FileInfo, error) {
	look, flags := os.Stat, os.O_RDONLY|openFlags
	if r.NoFollow {
		look, flags = os.Lstat, flags|noFollow
	}
	info, err := look(path)
	if err != nil {
		return nil, nil, err
	}
	if err := isRegular(path, info); err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, flags, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err == nil {
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
	data := make([]byte, 0, min(info.Size(), r.Limit)+1)
	for { // it may grow, and the files of /proc have no size
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
