// Package jsonout writes JSON field by field, for documents of a known shape, with the same
// bytes as encoding/json. When encoding/json sees a type for the first time, it inspects
// all of its fields, which takes as long as the rest of a short command.
//
// It does not know what is in a document, and reads none.
package jsonout

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Writer writes a JSON document. The zero value is an empty document.
type Writer struct {
	Bytes []byte
	// PlainHTML leaves <, > and & unescaped.
	PlainHTML bool

	comma bool // a value precedes in the same object or list
}

// Restart begins the next document and reuses the memory.
func (w *Writer) Restart() { w.Bytes, w.comma = w.Bytes[:0], false }

// Open begins an object, "{", or a list, "[".
func (w *Writer) Open(bracket byte) {
	w.next()
	w.Bytes, w.comma = append(w.Bytes, bracket), false
}

// Close ends an object or a list.
func (w *Writer) Close(bracket byte) { w.Bytes, w.comma = append(w.Bytes, bracket), true }

// Name writes the name of a field, whose value follows. The name must not need escapes.
func (w *Writer) Name(name string) {
	w.next()
	w.Bytes = append(append(append(w.Bytes, '"'), name...), '"', ':')
	w.comma = false
}

// Text writes a string.
func (w *Writer) Text(s string) {
	w.next()
	if !plain(s) {
		w.Bytes = append(w.Bytes, w.escaped(s)...)
		return
	}
	w.Bytes = append(append(append(w.Bytes, '"'), s...), '"')
}

// Number writes a whole number.
func (w *Writer) Number(n int64) {
	w.next()
	w.Bytes = strconv.AppendInt(w.Bytes, n, 10)
}

// Bool writes true or false.
func (w *Writer) Bool(b bool) {
	w.next()
	w.Bytes = strconv.AppendBool(w.Bytes, b)
}

// Null writes null.
func (w *Writer) Null() {
	w.next()
	w.Bytes = append(w.Bytes, "null"...)
}

// Texts writes a list of strings, or null for a nil list.
func (w *Writer) Texts(list []string) {
	if list == nil {
		w.Null()
		return
	}
	w.Open('[')
	for _, s := range list {
		w.Text(s)
	}
	w.Close(']')
}

// next separates a value from the one before it.
func (w *Writer) next() {
	if w.comma {
		w.Bytes = append(w.Bytes, ',')
	}
	w.comma = true
}

// plain reports whether a string needs no escapes, with or without PlainHTML.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

func (w *Writer) escaped(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(!w.PlainHTML)
	_ = e.Encode(s) // encoding a string into memory cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}
