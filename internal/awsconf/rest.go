package awsconf

import (
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// rest reads what a scan has passed over. The source may be a file that another
// program writes to: what comes is only taken for a section if its header stands
// there still.
type rest struct {
	source io.ReaderAt
	reads  atomic.Int32 // of sections
	// headers are those that were read alone.
	headers atomic.Int32
	once    sync.Once
	all     string // after once
	err     error
}

// piece is the text of a section, header included.
func (f *File) piece(i int) (string, error) {
	from, to := f.start(i), f.end(i)
	if f.for_.keep != nil {
		return "", errors.New("only the names were read")
	}
	if f.rest == nil {
		return f.text[from:to], nil
	}
	text, err := f.rest.read(from, to, f.size)
	if err != nil {
		return "", f.unread(err)
	}
	if typ, name := f.declared(text); f.sections[i].typ == typ && (f.for_.few && f.sections[i].mark == mark(name) || !f.for_.few && f.name(i) == name) {
		return text, nil
	}
	return "", &Error{Pos: Pos{f.path, f.line(i)}, Msg: "file was changed while it was read", Hint_: "try again"}
}

// declared is what the header declares that a text begins with.
func (f *File) declared(text string) (SectionType, string) {
	line, _ := cutLine(text, 0)
	inner, _, ok := splitHeader(trimLeft(line))
	if !ok || inner == "" {
		return otherSection, ""
	}
	return declares(f.kind, inner)
}

// headersBeforeAll and headerSize: a header is read alone, and all of the file if more
// are looked at than a program does that wants a few sections.
const (
	headersBeforeAll = 64
	headerSize       = 256
)

// header reads the header of a section again. If that fails, it declares nothing.
func (r *rest) header(f *File, i int) (SectionType, string) {
	from, to := f.start(i), f.end(i)
	if r.headers.Add(1) > headersBeforeAll {
		text, _ := r.whole(f.size)
		if len(text) < to {
			return otherSection, ""
		}
		return f.declared(text[from:to])
	}
	text, err := r.fetch(from, min(to, from+headerSize))
	if err == nil && to > from+headerSize && strings.IndexByte(text, '\n') < 0 {
		text, err = r.fetch(from, to)
	}
	if err != nil {
		return otherSection, ""
	}
	return f.declared(text)
}

func (r *rest) read(from, to, size int) (string, error) {
	if r.reads.Add(1) <= readsBeforeAll {
		return r.fetch(from, to)
	}
	all, err := r.whole(size)
	if err != nil {
		return "", err
	}
	return all[from:to], nil
}

func (r *rest) whole(size int) (string, error) {
	r.once.Do(func() { r.all, r.err = r.fetch(0, size) })
	return r.all, r.err
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
