package awsconf

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unsafe"
)

const (
	// MaxSize is far larger than any real file: 10,000 profiles are 1.5 MB.
	MaxSize = 64 << 20
	// maxSections limits the cost of a file that has nothing but headers.
	maxSections = 1 << 20
	// bufferSize is the size of the read buffer. 32 KiB stay in the processor's first cache.
	// Reading 1.5 MB into new memory takes more than twice as long. Reading through 64 KiB
	// takes as long, and has eight more pages to touch.
	bufferSize = 32 << 10
	// readsBeforeAll: a program that asks for this many sections will ask for most of them,
	// and one large read is then cheaper.
	readsBeforeAll = 16
)

var errTooLarge = errors.New("file is too large")

// window is the part of a text that a scan sees: whole lines, or the end.
type window struct {
	source io.ReaderAt // nil: text is everything
	buffer []byte
	filled int    // how much of the buffer is filled
	text   string // the lines in the buffer; next overwrites them, so parts that are kept must be copied
	base   int    // the offset of text
	last   bool   // nothing follows text

	number  int // the number of lines that end before counted
	counted int // an offset in text
}

// line returns the number of the line that begins at an offset in the text. Offsets must not
// decrease from call to call.
func (w *window) line(at int) int {
	w.number, w.counted = w.number+strings.Count(w.text[w.counted:at], "\n"), at
	return w.number + 1
}

// next moves the window forward. The buffer grows for a line that is longer.
func (w *window) next() error {
	w.line(len(w.text))
	w.counted = 0
	left := copy(w.buffer, w.buffer[len(w.text):w.filled])
	w.base, w.filled = w.base+len(w.text), left
	for {
		n, err := w.source.ReadAt(w.buffer[w.filled:], int64(w.base+w.filled))
		w.filled += n
		if w.base+w.filled > MaxSize {
			return errTooLarge
		}
		if err != nil && err != io.EOF {
			return err
		}
		w.last = err == io.EOF
		end := w.filled
		if !w.last {
			end = bytes.LastIndexByte(w.buffer[:w.filled], '\n') + 1
		}
		if end > 0 || w.last {
			w.text = unsafe.String(unsafe.SliceData(w.buffer), end)
			return nil
		}
		if w.filled == len(w.buffer) {
			w.buffer = append(w.buffer, make([]byte, len(w.buffer))...)
		}
	}
}

// begin returns where the text begins, after the byte order mark of Windows editors.
func (f *File) begin(text string) (at int, err error) {
	switch {
	case strings.HasPrefix(text, bom):
		return len(bom), nil
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"), everySecondIsZero(text):
		return 0, &Error{Pos: Pos{File: f.path}, Msg: "the text is UTF-16, which no AWS tool reads",
			Hint_: "save it as UTF-8; in PowerShell: (Get-Content FILE) | Set-Content -Encoding ascii FILE"}
	}
	return 0, nil
}

// everySecondIsZero recognises UTF-16 without a byte order mark.
func everySecondIsZero(text string) bool {
	return len(text) >= 4 && (text[0] == 0) != (text[1] == 0) && (text[0] == 0) == (text[2] == 0) && (text[1] == 0) == (text[3] == 0)
}

// scan jumps from one "[" to the next. It reads the lines in between only if a "[" is
// indented, and may be part of a value.
func (f *File) scan(w *window) error {
	at, err := f.begin(w.text)
	if err != nil {
		return err
	}
	var above layout
	seen := at // above describes the lines before this one
	f.markLine(0, 1)
	for {
		bracket := strings.IndexByte(w.text[at:], '[')
		if bracket < 0 {
			if w.last {
				return nil
			}
			if f.seen > 0 {
				above.pass(w.text, seen, len(w.text))
			}
			if err := w.next(); err != nil {
				return err
			}
			at, seen = 0, 0
			continue
		}
		bracket += at
		if bracket == at || w.text[bracket-1] == '\n' {
			if name, size := plainHeader(f.kind, w.text[bracket:]); size > 0 && f.seen < maxSections {
				h := header{start: int32(w.base + bracket), typ: ProfileSection}
				if f.purpose.few {
					if h.start >= f.unmarked {
						f.markLine(h.start, w.line(bracket))
					}
					f.addMark(h, name)
				} else {
					f.add(h, name, w.line(bracket))
				}
				above, seen, at = layout{}, bracket, bracket+size
				continue
			}
		}
		start := at + strings.LastIndexByte(w.text[at:bracket], '\n') + 1
		line, next := cutLine(w.text, start)
		at = next
		if bracket > start {
			if trimLeft(w.text[start:bracket]) != "" {
				continue
			}
			if f.seen > 0 { // a value above the first header belongs to no section, so no line continues it
				above.pass(w.text, seen, start)
				seen = next
				if kind, _ := above.next(line); kind != headerLine {
					continue
				}
			}
		}
		if err := f.declare(w.text[bracket:start+len(line)], header{start: int32(w.base + start)}, w.line(start)); err != nil {
			return err
		}
		above, seen = layout{}, start
	}
}

// declare appends the section of a header, whose line number is given.
func (f *File) declare(text string, h header, line int) error {
	inner, _, ok := splitHeader(text)
	if !ok && f.broken == nil {
		f.broken = &Error{Pos: Pos{f.path, line}, Msg: "section header has no closing bracket"}
	}
	if f.seen == maxSections {
		return &Error{Pos: Pos{f.path, line}, Msg: "file has more than a million sections"}
	}
	name := ""
	if h.typ = otherSection; ok {
		h.typ, name = declares(f.kind, inner)
	}
	h.bare = trim(inner) == "default"
	if !f.purpose.few {
		f.add(h, name, line)
		return nil
	}
	if h.start >= f.unmarked {
		f.markLine(h.start, line)
	}
	f.addMark(h, name)
	return nil
}

// betweenMarks is how far a mark is from the next, so that what is read of a section, with
// the lines between, is little; a large section has none in it.
const betweenMarks = 4 << 10

// markLine notes which line begins at an offset.
func (f *File) markLine(at int32, number int) {
	f.marks = append(f.marks, lineMark{at, int32(number)})
	f.unmarked = at + betweenMarks
}
