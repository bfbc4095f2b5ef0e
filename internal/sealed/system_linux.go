package sealed

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// directory is an open directory, in which files are opened by name.
type directory int

// anywhere stands for no directory: files are opened by their paths.
const anywhere directory = unix.AT_FDCWD

func openDirectory(path string) (directory, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	return directory(fd), err
}

func (d directory) close() { unix.Close(int(d)) }

// names returns the names in a directory, in no order. (os.ReadDir sorts them, and collects
// more about each.)
func (d directory) names() (names []string, err error) {
	buffer := make([]byte, 8<<10)
	for {
		n, err := retry(func() (int, error) { return unix.ReadDirent(int(d), buffer) })
		if err != nil || n <= 0 {
			return names, err
		}
		_, _, names = unix.ParseDirent(buffer[:n], -1, names)
	}
}

// stamp returns numbers that change when a file is replaced or modified. No program can set
// back the time of the last change. It is zero if there is no file.
func (d directory) stamp(name string) (fileStamp, error) {
	var s unix.Stat_t
	if _, err := retry(func() (int, error) { return 0, unix.Fstatat(int(d), name, &s, unix.AT_SYMLINK_NOFOLLOW) }); err != nil {
		return fileStamp{}, err
	}
	return fileStamp{int64(s.Ino), s.Size, int64(s.Ctim.Sec), int64(s.Ctim.Nsec)}, nil
}

// readFile appends a regular file to data, in three system calls. (os.ReadFile starts the
// poller, which cannot poll a file.) It refuses links and pipes, which vault never creates in
// its directory.
func readFile(dir directory, path string, data []byte) ([]byte, error) {
	if cap(data) == 0 {
		data = make([]byte, 0, 8<<10)
	}
	fd, err := retry(func() (int, error) {
		return unix.Openat(int(dir), path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	})
	if err != nil {
		return data, err
	}
	defer unix.Close(fd)
	for {
		n, err := retry(func() (int, error) { return unix.Read(fd, data[len(data):cap(data)]) })
		if err != nil {
			return data, err
		}
		full := n == cap(data)-len(data)
		data = data[:len(data)+n]
		if !full {
			return data, nil // a short read is the end of a regular file
		}
		if len(data) > maxFile {
			return data, errors.New("the file is too long")
		}
		data = append(make([]byte, 0, 4*cap(data)), data...)
	}
}

func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// random makes the same system call as crypto/rand, which imports much more.
func random(n int) ([]byte, error) {
	b := make([]byte, n) // the call always fills up to 256 bytes
	got, err := retry(func() (int, error) { return unix.Getrandom(b, 0) })
	if err == nil && got != n {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// stamp returns a text that changes when a file is replaced or modified. No program can set
// back the time of the last change.
func stamp(path string) string {
	var s unix.Stat_t
	if err := unix.Stat(path, &s); err != nil {
		return ""
	}
	var b []byte
	for _, n := range []int64{int64(s.Ino), s.Size, int64(s.Ctim.Sec), int64(s.Ctim.Nsec)} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return string(b)
}

// checkWritable reports whether files can be created in a directory, or whether a missing
// directory can be created.
func checkWritable(dir string) error {
	err := unix.Access(dir, unix.W_OK|unix.X_OK)
	if errors.Is(err, unix.ENOENT) && filepath.Dir(dir) != dir {
		return checkWritable(filepath.Dir(dir))
	}
	if err != nil {
		return &fs.PathError{Op: "write", Path: dir, Err: err}
	}
	return nil
}
