package awsconf

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"unsafe"
)

// rest reads what a scan has passed over. The source may be a file that another
// program writes to: what comes is only taken for a section if its header stands
// there still.
type rest struct {
	source io.ReaderAt
	reads  atomic.Int32
	once   sync.Once
	all    string // after once
	err    error
}

// piece is the text of a section, header included.
func (f *File) piece(i int) (string, error) {
	from, to := f.start(i), f.end(i)
	if f.rest == nil {
		return f.text[from:to], nil
	}
	text, err := f.rest.read(from, to, f.size)
	if err != nil {
		return "", f.unread(err)
	}
	line, _ := cutLine(text, 0)
	if inner, _, ok := splitHeader(trimLeft(line)); ok && inner != "" {
		if typ, name := declares(f.kind, inner); f.is(i, typ, name) {
			return text, nil
		}
	}
	return "", &Error{Pos: Pos{f.path, f.line(i)}, Msg: "file was changed while it was read", Hint_: "try again"}
}

func (r *rest) read(from, to, size int) (string, error) {
	if r.reads.Add(1) <= readsBeforeAll {
		return r.fetch(from, to)
	}
	r.once.Do(func() { r.all, r.err = r.fetch(0, size) })
	if r.err != nil {
		return "", r.err
	}
	return r.all[from:to], nil
}

func (r *rest) fetch(from, to int) (string, error) {
	buffer := make([]byte, to-from)
	n, err := r.source.ReadAt(buffer, int64(from))
	switch {
	case err == io.EOF && n == len(buffer):
		err = nil
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return unsafe.String(unsafe.SliceData(buffer), n), err
}

// loaded is the same file with its text in memory.
func (f *File) loaded() (*File, error) {
	if f.rest == nil {
		return f, nil
	}
	all, err := f.rest.fetch(0, f.size)
	if err != nil {
		return nil, f.unread(err)
	}
	return Parse(f.path, f.kind, all)
}

// unread words an error of a source.
func (f *File) unread(err error) error {
	switch {
	case errors.Is(err, errTooLarge):
		return f.tooLarge()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Pos: Pos{File: f.path}, Msg: "file was changed while it was read", Hint_: "try again"}
	}
	return err
}
