package env

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"io"
)

// The variable of a loader (direnv, mise) records what it has changed in this directory, and
// the values from before: base64 of a zlib stream, which contains JSON (direnv) or MessagePack
// (mise).
type loaderFormat struct {
	name   string
	base64 *base64.Encoding
	read   func(data []byte, l *loader) error
	write  func(l loader) ([]byte, error)
}

func loaderFormats() [2]loaderFormat {
	return [...]loaderFormat{
		{"DIRENV_DIFF", base64.URLEncoding, func(data []byte, l *loader) error { return json.Unmarshal(data, l) }, func(l loader) ([]byte, error) { return json.Marshal(l) }},
		{"__MISE_DIFF", base64.RawStdEncoding, readMise, writeMise},
	}
}

func isLoaderName(name string) bool {
	for _, f := range loaderFormats() {
		if f.name == name {
			return true
		}
	}
	return false
}

const (
	maxLoader     = 64 << 10
	maxLoaderText = 256 << 10
)

// loader is what another hook has loaded for the directory, and will unload again. These are
// neither the values from before vault nor the user's choice.
type loader struct {
	Before map[string]string `json:"p"` // what it will restore; absent: not set
	Loaded map[string]string `json:"n"` // what it has set

	format loaderFormat
	paths  []string // of mise; written back unchanged
}

// loaders are the loaders that have loaded something. If two have changed the same variable,
// the first one counts.
type loaders []loader

// loaded reads the variables of the loaders. It ignores one that it cannot read.
func loaded(now Vars) (all loaders) {
	for _, f := range loaderFormats() {
		text := now[f.name]
		if text == "" || len(text) > maxLoader {
			continue
		}
		packed, err := f.base64.DecodeString(text)
		if err != nil {
			continue
		}
		r, err := zlib.NewReader(bytes.NewReader(packed))
		if err != nil {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(r, maxLoaderText+1))
		l := loader{format: f}
		if err != nil || len(data) > maxLoaderText || f.read(data, &l) != nil {
			continue
		}
		all = append(all, l)
	}
	return all
}

// pack writes a loader's variable.
func (l loader) pack() (string, error) {
	data, err := l.format.write(l)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(data) // a bytes.Buffer accepts everything
	if err := w.Close(); err != nil {
		return "", err
	}
	return l.format.base64.EncodeToString(b.Bytes()), nil
}

// touching returns the loader that has set or removed a variable.
func (all loaders) touching(name string) (l loader, ok bool) {
	for _, l := range all {
		if l.touches(name) {
			return l, true
		}
	}
	return loader{}, false
}

func (all loaders) touches(name string) bool {
	_, ok := all.touching(name)
	return ok
}

func (l loader) touches(name string) bool {
	_, before := l.Before[name]
	_, after := l.Loaded[name]
	return before || after
}

// shows reports whether a variable still is as a loader has left it.
func (all loaders) shows(now Vars, name string) bool {
	l, ok := all.touching(name)
	if !ok {
		return false
	}
	value, there := now[name]
	want, set := l.Loaded[name]
	return there == set && value == want
}

// before returns the value that a loader will restore.
func (all loaders) before(name string) string {
	l, _ := all.touching(name)
	return l.Before[name]
}

// under returns a variable as it was before the loader. It is not called for secrets: their
// values must not pass through this program.
func (all loaders) under(v variable) Before {
	l, _ := all.touching(v.name)
	return plainBefore(l.Before, v.name)
}

// over returns a variable as a loader has left it; b, if no loader has touched it.
func (all loaders) over(v variable, b Before) Before {
	l, ok := all.touching(v.name)
	if v.secret || !ok {
		return b
	}
	return plainBefore(l.Loaded, v.name)
}

func plainBefore(values map[string]string, name string) Before {
	value, ok := values[name]
	if !ok {
		return Before{Kind: wasAbsent}
	}
	return Before{Kind: wasSet, Value: []byte(value)}
}

// mended corrects what the loaders will restore. Where they would restore a value of the
// activation, they get the value from before both.
func (all loaders) mended(active State) (c Change) {
	for _, l := range all {
		if text, changed := l.mended(active); changed {
			c = append(c, Op{Name: l.format.name, Action: Set, Value: text})
		}
	}
	return c
}

func (l loader) mended(active State) (text string, changed bool) {
	before := make(map[string]string, len(l.Before))
	for name, value := range l.Before {
		before[name] = value
	}
	for name, r := range active.Vars {
		v, known := lookup(name)
		if !known || v.secret || !l.touches(name) || r.Before.Kind == wasKept || r.Before.is(before, name) || !r.Ours.matches(before, name) {
			continue
		}
		delete(before, name)
		if r.Before.Kind == wasSet {
			before[name] = string(r.Before.Value)
		}
		changed = true
	}
	if !changed {
		return "", false
	}
	l.Before = before
	text, err := l.pack()
	return text, err == nil
}

// Overlaid reports whether another hook has changed what an activation has set, by loading or
// unloading. It does not report the user's own changes, which look different and stay.
func Overlaid(now Vars, active State) bool {
	all := loaded(now)
	for _, l := range all {
		for name := range l.Loaded {
			v, known := lookup(name)
			_, ours := active.Vars[name]
			if known && !v.secret && !ours && name != "AWS_REGION" && name != "AWS_DEFAULT_REGION" && all.shows(now, name) {
				return true // the activation has removed this variable, so a hook has set it since
			}
		}
	}
	for name, r := range active.Vars {
		v, known := lookup(name)
		if !known || v.secret || name == "AWS_ACCESS_KEY_ID" || r.Ours.matches(now, name) {
			continue
		}
		if all.shows(now, name) || r.Before.is(now, name) {
			return true
		}
	}
	return false
}

// is reports whether a variable has its earlier value again.
func (b Before) is(now Vars, name string) bool {
	value, ok := now[name]
	switch b.Kind {
	case wasAbsent:
		return !ok
	case wasSet:
		return ok && value == string(b.Value)
	}
	return false
}
