package many

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"awsvault/internal/jsonout"
	"awsvault/internal/line"
)

// longest is how much of a line without an end is held back. A longer one is printed in
// pieces, each of which is marked.
const longest = 64 << 10

// Output is a stream that many commands print to, a whole line at a time.
type Output struct {
	To io.Writer
	mu *sync.Mutex // of all streams of a run: they may be one terminal
	// Screen: it is a terminal. Text there must not move the cursor into the lines of
	// others, so control characters but tabs and colours are made visible. Elsewhere
	// a line has the bytes that the command printed.
	Screen bool
}

// Lines is one stream of one command. It is an io.Writer, to be closed at the end.
type Lines struct {
	out  *Output
	mark func(text []byte) []byte // a whole line as it is printed, its end included
	held []byte
}

// Prefixed marks each line with a text.
func (o *Output) Prefixed(prefix string) *Lines {
	return &Lines{out: o, mark: func(text []byte) []byte {
		if o.Screen {
			text = safe(text)
		}
		return append(append([]byte(prefix), text...), '\n')
	}}
}

// JSON makes each line an object.
func (o *Output) JSON(p Profile, stream string) *Lines {
	return &Lines{out: o, mark: func(text []byte) []byte {
		var w jsonout.Writer
		w.Open('{')
		w.Name("profile")
		w.Text(p.Name)
		w.Name("account")
		if p.Account == "" {
			w.Null()
		} else {
			w.Text(p.Account)
		}
		w.Name("stream")
		w.Text(stream)
		w.Name("line")
		w.Text(string(text))
		w.Close('}')
		return append(w.Bytes, '\n')
	}}
}

// Write prints the lines that have ended.
func (l *Lines) Write(p []byte) (int, error) {
	var ready []byte
	l.held = append(l.held, p...)
	for {
		i := bytes.IndexByte(l.held, '\n')
		next := i + 1
		if i < 0 {
			if len(l.held) <= longest {
				break
			}
			i = whole(l.held[:longest])
			next = i
		}
		ready = append(ready, l.mark(bytes.TrimSuffix(l.held[:i], []byte("\r")))...)
		l.held = l.held[next:]
	}
	if err := l.print(ready); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close prints what is left, as a line.
func (l *Lines) Close() error {
	if len(l.held) == 0 {
		return nil
	}
	text := l.held
	l.held = nil
	return l.print(l.mark(text))
}

func (l *Lines) print(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	l.out.mu.Lock()
	defer l.out.mu.Unlock()
	_, err := l.out.To.Write(text)
	return err
}

// whole is where to divide a text so that no character of UTF-8 is divided.
func whole(text []byte) int {
	for i := len(text); i > len(text)-utf8.UTFMax; i-- {
		if r, n := utf8.DecodeLastRune(text[:i]); r != utf8.RuneError || n > 1 {
			return i
		}
	}
	return len(text)
}

// safe is a line for a terminal: with its colours, and all other control characters
// visible. Colours end with the line.
func safe(text []byte) []byte {
	var b strings.Builder
	coloured := false
	rest := string(text)
	for rest != "" {
		if n := colour(rest); n > 0 {
			b.WriteString(rest[:n])
			rest, coloured = rest[n:], true
			continue
		}
		if rest[0] == '\t' {
			b.WriteByte('\t')
			rest = rest[1:]
			continue
		}
		n := 1 + strings.IndexAny(rest[1:], "\x1b\t")
		if n == 0 {
			n = len(rest)
		}
		b.WriteString(line.Clean(rest[:n]))
		rest = rest[n:]
	}
	if coloured {
		b.WriteString("\x1b[0m")
	}
	return []byte(b.String())
}

// colour is how long the select-graphic-rendition sequence (ECMA-48, 8.3.117) is that a
// text begins with; 0: it begins with none.
func colour(text string) int {
	rest, ok := strings.CutPrefix(text, "\x1b[")
	if !ok {
		return 0
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != ';' && r != ':' })
	if end < 0 || rest[end] != 'm' {
		return 0
	}
	return len("\x1b[") + end + 1
}
