package env

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

// mise's variable contains a MessagePack map (https://msgpack.org) of two maps of strings, old
// and new, and a list of strings, path. Anything else is refused: another version of mise may
// store more, and would miss it if vault wrote the variable.
var errNotMise = errors.New("not what mise writes")

// These are the first bytes of the MessagePack values that vault reads and writes.
const (
	fixMap, map16, map32       = 0x80, 0xde, 0xdf
	fixArray, array16, array32 = 0x90, 0xdc, 0xdd
	fixText, text8, text16     = 0xa0, 0xd9, 0xda
	text32                     = 0xdb
)

func readMise(data []byte, l *loader) error {
	r := unpacker{data}
	for range r.count(fixMap, 15, map16, map32) {
		switch r.text() {
		case "old":
			l.Before = r.texts()
		case "new":
			l.Loaded = r.texts()
		case "path":
			for range r.count(fixArray, 15, array16, array32) {
				l.paths = append(l.paths, r.text())
			}
		default:
			return errNotMise
		}
	}
	if r.left == nil || len(r.left) > 0 || l.Before == nil || l.Loaded == nil {
		return errNotMise
	}
	return nil
}

// unpacker holds the bytes still to be read; nil after an error.
type unpacker struct{ left []byte }

func (r *unpacker) take(n int) []byte {
	if r.left == nil || n > len(r.left) {
		r.left = nil
		return nil
	}
	b := r.left[:n]
	r.left = r.left[n:]
	return b
}

// size reads the length of a value. A short length is in the first byte, from fixed to
// fixed+most. Otherwise the first byte is one of the others, and a length of 8 bits (unless
// eight is 0), of 16 or of 32 bits follows. The result never exceeds the number of bytes left.
func (r *unpacker) size(fixed byte, most int, eight, sixteen, thirtyTwo byte) int {
	first := r.take(1)
	if first == nil {
		return 0
	}
	n := -1
	switch b := first[0]; {
	case b >= fixed && int(b-fixed) <= most:
		n = int(b - fixed)
	case b == eight && eight != 0:
		if b := r.take(1); b != nil {
			n = int(b[0])
		}
	case b == sixteen:
		if b := r.take(2); b != nil {
			n = int(binary.BigEndian.Uint16(b))
		}
	case b == thirtyTwo:
		if b := r.take(4); b != nil {
			n = int(min(binary.BigEndian.Uint32(b), maxLoaderText+1))
		}
	}
	if n < 0 || n > len(r.left) {
		r.left = nil
		return 0
	}
	return n
}

func (r *unpacker) count(fixed byte, most int, sixteen, thirtyTwo byte) int {
	return r.size(fixed, most, 0, sixteen, thirtyTwo)
}

func (r *unpacker) text() string { return string(r.take(r.size(fixText, 31, text8, text16, text32))) }

func (r *unpacker) texts() map[string]string {
	n := r.count(fixMap, 15, map16, map32)
	all := make(map[string]string, min(n, 64))
	for range n {
		name := r.text()
		all[name] = r.text()
	}
	return all
}

func writeMise(l loader) ([]byte, error) {
	if len(l.Before) > most16 || len(l.Loaded) > most16 || len(l.paths) > most16 {
		return nil, errNotMise
	}
	b := []byte{fixMap | 3}
	for _, part := range []struct {
		name   string
		values map[string]string
	}{{"old", l.Before}, {"new", l.Loaded}} {
		b = appendText(b, part.name)
		b = appendCount(b, len(part.values), fixMap, map16)
		for _, name := range slices.Sorted(maps.Keys(part.values)) {
			b = appendText(appendText(b, name), part.values[name])
		}
	}
	b = appendCount(appendText(b, "path"), len(l.paths), fixArray, array16)
	for _, path := range l.paths {
		b = appendText(b, path)
	}
	if len(b) > maxLoaderText {
		return nil, errNotMise
	}
	return b, nil
}

const most16 = 1<<16 - 1

func appendCount(b []byte, n int, fixed, sixteen byte) []byte {
	if n <= 15 {
		return append(b, fixed|byte(n))
	}
	return binary.BigEndian.AppendUint16(append(b, sixteen), uint16(n))
}

func appendText(b []byte, text string) []byte {
	if n := len(text); n <= 31 {
		b = append(b, fixText|byte(n))
	} else {
		b = binary.BigEndian.AppendUint32(append(b, text32), uint32(n))
	}
	return append(b, text...)
}
