// Package clicache reads and replaces the files in which the AWS CLI keeps
// sign-ins: one JSON object each, of which every field that is not known here stays
// as it is.
//
// It does not know what the fields mean, but for those that tell sign-ins apart, or
// when a sign-in is needed.
package clicache

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"awsvault/internal/disk"
)

// Object is the contents of a file.
type Object map[string]json.RawMessage

// ErrBroken says that a file is not one JSON object.
var ErrBroken = errors.New("not JSON")

// longest is far above any of these files, in bytes.
const longest = 256 << 10

// A file that is not whole is read again: the AWS CLI writes in place, which takes
// it some microseconds.
const (
	readings = 3
	between  = 10 * time.Millisecond
)

// Read reads a file. The error is fs.ErrNotExist if there is none, and ErrBroken or
// disk.ErrTooLarge if it cannot be a sign-in. A file that another user owns or can
// write is an error of its own: who can write it decides as whom one works.
func Read(path string) (Object, error) {
	return patiently(path, func() { time.Sleep(between) })
}

func patiently(path string, pause func()) (Object, error) {
	for n := 1; ; n++ {
		object, err := read(path)
		if !errors.Is(err, ErrBroken) || n == readings {
			return object, err
		}
		pause()
	}
}

func read(path string) (Object, error) {
	check := func(info fs.FileInfo) error {
		if flaw := disk.OursOrRoots().Flaw(info); flaw != "" {
			return errors.New(path + " " + flaw)
		}
		return nil
	}
	text, err := disk.ReadFile(path, disk.Reading{Limit: longest, Check: check})
	system := (*fs.PathError)(nil)
	switch {
	case err == nil:
	case errors.As(err, &system):
		return nil, fmt.Errorf("read the sign-in: %w", err)
	case errors.Is(err, disk.ErrTooLarge):
		return nil, err
	default:
		return nil, fmt.Errorf("%w: remove it, and sign in again", err)
	}
	var object Object
	if json.Unmarshal(text, &object) != nil || object == nil {
		return nil, ErrBroken
	}
	return object, nil
}

// Write replaces a file as a whole, or makes it, and its directory.
func Write(path string, object Object) error {
	text, err := plain(object)
	if err == nil {
		err = disk.Replace(path, text, disk.Options{Follow: true, MakeDir: true})
	}
	if err != nil {
		return fmt.Errorf("keep the sign-in: %w", err)
	}
	return nil
}

// errProbe ends the writing of a file before it takes its place.
var errProbe = errors.New("it could be written")

// Writable says why a file could not be replaced now. Who trades something that is
// good once, and can only be kept in the file, asks first.
func Writable(path string) error {
	err := disk.Replace(path, nil, disk.Options{Follow: true, Check: func() error { return errProbe }})
	if errors.Is(err, errProbe) {
		return nil
	}
	return fmt.Errorf("keep the sign-in: %w", err)
}

// Text takes a text out of an object: empty if there is none of that name. It
// reports whether what is there is a text.
func (o Object) Text(name string) (text string, ok bool) {
	raw, found := o[name]
	if !found || string(raw) == "null" {
		return "", true
	}
	return text, json.Unmarshal(raw, &text) == nil
}

// Set puts a text into an object; an empty one takes the field out.
func (o Object) Set(name, value string) {
	if value == "" {
		delete(o, name)
		return
	}
	o[name] = Quote(value)
}

// Quote is a text as JSON.
func Quote(s string) json.RawMessage {
	text, _ := plain(s) // a text
	return text
}

// plain encodes as the AWS CLI does: <, > and & are not escaped.
func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
