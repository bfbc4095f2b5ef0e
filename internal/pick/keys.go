package pick

import (
	"unicode/utf8"
)

// kind is the meaning of a key.
type kind uint8

const (
	none kind = iota
	text
	enter
	cancel
	up
	down
	pageUp
	pageDown
	home
	end
	rubout
	ruboutWord
	ruboutLine
	complete
)

type key struct {
	kind kind
	rune rune // for text
}

// decoder converts bytes to keys.
type decoder struct {
	state    state
	sequence []byte // after ESC [
	partial  []byte // an incomplete character
	pasting  bool   // between the marks around pasted text
}

type state uint8

const (
	ground state = iota
	escaped
	csi // after ESC [
	ss3 // after ESC O
)

// longestSequence limits how much of an escape sequence is kept.
const longestSequence = 16

var controls = map[byte]kind{
	'\r': enter, '\n': enter, 0x03: cancel, 0x07: cancel,
	0x10: up, 0x0e: down, 0x0b: up, 0x15: ruboutLine, 0x17: ruboutWord, 0x08: rubout, 0x7f: rubout, '\t': complete,
}

// The sequences after ESC [ or ESC O.
var sequences = map[string]kind{
	"A": up, "B": down, "H": home, "F": end,
	"1~": home, "7~": home, "4~": end, "8~": end, "5~": pageUp, "6~": pageDown,
}

func (d *decoder) pending() bool { return d.state == escaped }

// idle is called when nothing has followed an ESC for a while, so it was the Escape key.
func (d *decoder) idle() key {
	if d.state != escaped {
		return key{}
	}
	d.state = ground
	return key{kind: cancel}
}

// inSequence takes a byte after ESC [.
func (d *decoder) inSequence(b byte) key {
	if b < 0x20 { // the sequence was cut off
		d.state = ground
		return d.next(b)
	}
	if len(d.sequence) < longestSequence {
		d.sequence = append(d.sequence, b)
	}
	if b < 0x40 || b > 0x7e {
		return key{}
	}
	d.state = ground
	switch s := string(d.sequence); s {
	case "200~":
		d.pasting = true
	case "201~":
		d.pasting = false
	default:
		return key{kind: d.outsidePaste(sequences[s])}
	}
	return key{}
}

func (d *decoder) next(b byte) key {
	switch d.state {
	case escaped:
		d.state = ground
		switch b {
		case '[':
			d.state, d.sequence = csi, d.sequence[:0]
		case 'O':
			d.state = ss3
		case 0x1b:
			d.state = escaped
		}
		return key{} // Alt with a key has no meaning
	case ss3:
		d.state = ground
		return key{kind: d.outsidePaste(sequences[string(b)])}
	case csi:
		return d.inSequence(b)
	}
	switch {
	case b == 0x1b:
		d.state, d.partial = escaped, d.partial[:0]
		return key{}
	case b < 0x20 || b == 0x7f:
		d.partial = d.partial[:0]
		if d.pasting && b == '\t' {
			return key{text, ' '}
		}
		return key{kind: d.outsidePaste(controls[b])}
	}
	d.partial = append(d.partial, b)
	if !utf8.FullRune(d.partial) {
		return key{}
	}
	r, _ := utf8.DecodeRune(d.partial)
	d.partial = d.partial[:0]
	if r == utf8.RuneError {
		if b < utf8.RuneSelf { // the character was cut off, and this is the next one
			return d.next(b)
		}
		return key{}
	}
	return key{text, r}
}

// outsidePaste suppresses keys in pasted text, such as Enter and Ctrl-C.
func (d *decoder) outsidePaste(k kind) kind {
	if d.pasting {
		return none
	}
	return k
}
