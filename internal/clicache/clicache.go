// Package clicache reads and replaces the files in which the AWS CLI keeps sign-ins. Each
// is one JSON object; clicache preserves all fields that it does not know.
//
// It does not know when a sign-in is needed, or what the fields mean, except for those that
// distinguish sign-ins.
package clicache

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Files are those of one user.
type Files struct {
	// Mine tells whether the user said that only they can get at a mount; nil: of none.
	Mine func(disk.Mount) bool
}

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
func (f Files) Read(path string) (Object, error) {
	return f.patiently(path, func() { time.Sleep(between) })
}

func (f Files) patiently(path string, pause func()) (Object, error) {
	for n := 1; ; n++ {
		object, err := f.read(path)
		if !errors.Is(err, ErrBroken) || n == readings {
			return object, err
		}
		pause()
	}
}

func (f Files) read(path string) (Object, error) {
	check := func(info fs.FileInfo) error {
		rule := disk.OursOrRoots()
		rule.Mine = f.Mine
		if flaw := rule.Flaw(path, info); flaw != "" {
			return fault.Hinted(errors.New(path+" "+flaw), remedy(path))
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
	case fault.HintOf(err) != "":
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
func (f Files) Write(path string, object Object) error {
	text, err := plain(object)
	if err == nil {
		err = disk.Replace(path, text, disk.Options{Follow: true, MakeDir: true, Private: true, Mine: f.Mine})
	}
	return f.notKept(path, err)
}

// errProbe ends the writing of a file before it takes its place.
var errProbe = errors.New("it could be written")

// Writable says why a file could not be replaced now. Who trades something that is
// good once, and can only be kept in the file, asks first.
func (f Files) Writable(path string) error {
	err := disk.Replace(path, nil, disk.Options{Follow: true, Private: true, Mine: f.Mine, Check: func() error { return errProbe }})
	if errors.Is(err, errProbe) {
		return nil
	}
	return f.notKept(path, err)
}

func (f Files) notKept(path string, err error) error {
	if err == nil {
		return nil
	}
	if open := (*disk.OpenError)(nil); errors.As(err, &open) {
		err = fault.Hinted(err, remedy(open.Path))
	}
	return fmt.Errorf("keep the sign-in: %w", err)
}

// remedy is what to do about a file that others can get at, if its mount is the reason.
func remedy(path string) string {
	point := disk.Suspect(path)
	if point == "" {
		return ""
	}
	return fmt.Sprintf("if only you can reach %s: vault allow --mount %s", point, line.Word(point))
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
