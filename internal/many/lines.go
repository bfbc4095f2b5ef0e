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

// longest limits how much of an unfinished line is held back. A longer line is printed in
// pieces, and each piece is marked.
const longest = 64 << 10

// Output is a stream to which many commands print, one whole line at a time.
type Output struct {
	To io.Writer
	mu *sync.Mutex // shared by all streams of a run, because they may be one terminal
	// Screen means that the stream is a terminal. There a text must not move the cursor into
	// other commands' lines, so control characters except tabs and colours are made visible.
	// Otherwise a line consists of the bytes that the command printed.
	Screen bool
}

// Lines is one output stream of one command, an io.WriteCloser.
type Lines struct {
	out  *Output
	mark func(text []byte) []byte // formats a whole line, including its end
	held []byte
}

// Prefixed puts a prefix before each line.
func (o *Output) Prefixed(prefix string) *Lines {
	return &Lines{out: o, mark: func(text []byte) []byte {
		if o.Screen {
			text = safe(text)
		}
		return append(append([]byte(prefix), text...), '\n')
	}}
}

// JSON turns each line into an object.
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

// Write prints the complete lines.
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

// Close prints the rest as a line.
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

// whole returns the position at which to split a text without splitting a UTF-8 character.
func whole(text []byte) int {
	for i := len(text); i > len(text)-utf8.UTFMax; i-- {
		if r, n := utf8.DecodeLastRune(text[:i]); r != utf8.RuneError || n > 1 {
			return i
		}
	}
	return len(text)
}

// safe prepares a line for a terminal. It keeps colours and makes all other control characters
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

// colour returns the length of the select-graphic-rendition sequence (ECMA-48, 8.3.117) with
// which a text begins, or 0.
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
