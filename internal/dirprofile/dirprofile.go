// Package dirprofile finds, reads and trusts .awsprofile files. Such a file names the AWS
// profile for its directory and everything below.
//
// The file comes with a cloned repository, an archive or a shared directory. Other people
// wrote it, and it could point the next command at production. So it can only name a
// profile, never define one. It is followed only if no one but the user or root can have
// put it there. And it has no effect until the user has allowed this path with this
// content.
//
// The package does not know shells and prompts, the AWS files (it cannot tell whether a
// profile exists), credentials, the environment, the clock or the working directory:
// callers pass in directories and the user.
package dirprofile

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"awsvault/internal/disk"
)

// Name is the name of a directory's file.
const Name = ".awsprofile"

// File is the content of a directory's file.
type File struct {
	Path    string   // absolute and clean
	Profile string   // never empty
	Region  string   // empty: the file names none
	Account string   // 12 digits that the profile must lead to; empty: any
	Sum     [32]byte // SHA-256 of the file's bytes
}

// Error says why a file, or a directory of decisions, is not used. Its text is one line
// without control characters, whatever the path and the file contain.
type Error struct {
	Path string
	Line int // zero: the whole file
	Msg  string
	hint string
	err  error // the cause, if it comes from the system
}

// Error returns "path:line: message".
func (e *Error) Error() string {
	where := shown(e.Path)
	if e.Line > 0 {
		where += ":" + strconv.Itoa(e.Line)
	}
	return where + ": " + e.Msg
}

// Hint says what to do about the error; empty: no hint.
func (e *Error) Hint() string { return e.hint }

// Unwrap returns the system's error, such as fs.ErrNotExist, if there is one.
func (e *Error) Unwrap() error { return e.err }

// failed is the error of a system operation.
func failed(path, operation string, err error) *Error {
	return &Error{Path: path, Msg: operation + ": " + reason(err), err: err}
}

// reason returns an error of the os package without the path, which is shown separately and
// may contain anything.
func reason(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	var kind *disk.KindError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	case errors.As(err, &kind):
		return "it " + kind.Flaw()
	}
	return err.Error()
}

// shown returns a path for display: unchanged, or quoted if it contains invisible characters.
func shown(path string) string {
	hidden := func(r rune) bool { return !strconv.IsPrint(r) }
	if utf8.ValidString(path) && !strings.ContainsFunc(path, hidden) {
		return path
	}
	return strconv.Quote(path)
}
