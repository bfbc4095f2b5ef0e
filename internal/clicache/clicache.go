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

// Files reads and writes the files of one user.
type Files struct {
	// Mine reports whether the user said that only they have access to a mount. If it is nil,
	// that holds for no mount.
	Mine func(disk.Mount) bool
}

// Object is the content of a file.
type Object map[string]json.RawMessage

// ErrBroken means that a file is not one JSON object.
var ErrBroken = errors.New("not JSON")

// longest is the size limit in bytes, far above the size of any of these files.
const longest = 256 << 10

// An incomplete file is read again, because the AWS CLI writes in place, which takes a few
// microseconds.
const (
	readings = 3
	between  = 10 * time.Millisecond
)

// Read reads a file. The error is fs.ErrNotExist if the file is missing, and ErrBroken or
// disk.ErrTooLarge if it cannot be a sign-in. Read also refuses a file that another user owns
// or can write, because such a user could decide as whom this one works.
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

// Write creates or completely replaces a file. It creates the directory if necessary.
func (f Files) Write(path string, object Object) error {
	text, err := plain(object)
	if err == nil {
		err = disk.Replace(path, text, disk.Options{Follow: true, MakeDir: true, Private: true, Mine: f.Mine})
	}
	return f.notKept(path, err)
}

// errProbe stops a write before the new file takes its place.
var errProbe = errors.New("it could be written")

// Writable returns the reason why a file could not be replaced now, or nil. A caller checks
// this before it trades in a value that is valid only once and that only the file can keep.
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

// remedy suggests what to do about a file that others can access, if its mount is the reason.
func remedy(path string) string {
	point := disk.Suspect(path)
	if point == "" {
		return ""
	}
	return fmt.Sprintf("if only you can reach %s: vault allow --mount %s", point, line.Word(point))
}

// Text returns the text of a field. It is empty if the field is missing. ok reports whether
// the field's value is a text.
func (o Object) Text(name string) (text string, ok bool) {
	raw, found := o[name]
	if !found || string(raw) == "null" {
		return "", true
	}
	return text, json.Unmarshal(raw, &text) == nil
}

// Set sets a field to a text. An empty text removes the field.
func (o Object) Set(name, value string) {
	if value == "" {
		delete(o, name)
		return
	}
	o[name] = Quote(value)
}

// Quote encodes a text as JSON.
func Quote(s string) json.RawMessage {
	text, _ := plain(s) // encoding a text cannot fail
	return text
}

// plain encodes as the AWS CLI does, which does not escape <, > and &.
func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
