package disk

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

const openFlags, noFollow = 0, 0

// openFile opens a file so that others can rename, replace and remove it in the meantime,
// which Go's own open does not allow.
func openFile(path string, flags int) (*os.File, error) {
	const longest = 240 // a longer path may need another form, which package os handles
	if flags != os.O_RDONLY || len(path) > longest {
		return os.OpenFile(path, flags, 0o600)
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	all := uint32(windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE)
	var file windows.Handle
	err = again(func() (err error) {
		file, err = windows.CreateFile(name, windows.GENERIC_READ, all, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
		return err
	}, isShared, time.Sleep)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(file), path), nil
}

// isShared reports whether a writer has locked the file for a moment.
func isShared(err error) bool { return errors.Is(err, windows.ERROR_SHARING_VIOLATION) }

// errUnableToMoveReplacement is ReplaceFile's error if the old file is gone already and the
// new one still has its temporary name.
const errUnableToMoveReplacement = syscall.Errno(1176)

// rename moves a file over another one. keep preserves the access list, the attributes and the
// other streams of the old file, which a plain move would not.
func rename(from, to string, keep bool) error {
	if !keep {
		return os.Rename(from, to)
	}
	err := replaceFile(from, to)
	if err == nil || isBusy(err) {
		return err
	}
	if _, gone := os.Lstat(to); err == errUnableToMoveReplacement || errors.Is(gone, fs.ErrNotExist) {
		return os.Rename(from, to)
	}
	return &os.LinkError{Op: "replace", Old: from, New: to, Err: err}
}

func replaceFile(from, to string) error {
	old, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	new, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	// First find out whether the old file can be removed: ReplaceFile can stop half way.
	all := uint32(windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE)
	file, err := windows.CreateFile(old, windows.DELETE, all, nil, windows.OPEN_EXISTING, windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return err
	}
	windows.CloseHandle(file)
	if attributes, err := windows.GetFileAttributes(old); err == nil {
		_ = windows.SetFileAttributes(new, attributes) // Wine's ReplaceFile does not do this
	}
	call := windows.NewLazySystemDLL("kernel32.dll").NewProc("ReplaceFileW")
	if ok, _, err := call.Call(uintptr(unsafe.Pointer(old)), uintptr(unsafe.Pointer(new)), 0, 0, 0, 0); ok == 0 {
		return err
	}
	return nil
}

// isBusy reports whether another program has the file open, or has just closed it.
func isBusy(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED) ||
		errors.Is(err, windows.ERROR_UNABLE_TO_REMOVE_REPLACED)
}

// keepOwner does nothing: ReplaceFile keeps owner and group.
func keepOwner(*os.File, fs.FileInfo) bool { return true }

func give(string, fs.FileInfo) {}

func syncDir(string) {}

// owned is false: on Windows, a file has an access control list instead of an owner and a
// mode, and the list of the user's profile keeps others out. Files elsewhere are accepted as
// they are.
const owned = false

func ids(fs.FileInfo) (uid, gid int, ok bool) { return 0, 0, false }

// listed returns false, because no rule applies here.
func listed(string, int, uint16) bool { return false }
