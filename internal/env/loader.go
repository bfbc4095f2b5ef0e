package env

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"io"
)

// loaderName is direnv's variable: what it has changed in this directory, and what was
// there before. It is the base64 (URL alphabet) of the zlib stream of a JSON object.
const loaderName = "DIRENV_DIFF"

const (
	maxLoader     = 64 << 10
	maxLoaderJSON = 256 << 10
)

// loader is what another hook has loaded for the directory, and will take away again.
// That is neither what was there before vault nor what the user chose.
type loader struct {
	Before map[string]string `json:"p"` // what it will bring back; absent: not set
	Loaded map[string]string `json:"n"` // what it has set
}

// loaded reads what direnv says. What cannot be read has loaded nothing.
func loaded(now Vars) (l loader) {
	text := now[loaderName]
	if text == "" || len(text) > maxLoader {
		return loader{}
	}
	packed, err := base64.URLEncoding.DecodeString(text)
	if err != nil {
		return loader{}
	}
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return loader{}
	}
	data, err := io.ReadAll(io.LimitReader(r, maxLoaderJSON+1))
	if err != nil || len(data) > maxLoaderJSON || json.Unmarshal(data, &l) != nil {
		return loader{}
	}
	return l
}

// touches reports whether a variable is one that the loader has set or taken away.
func (l loader) touches(name string) bool {
	_, before := l.Before[name]
	_, after := l.Loaded[name]
	return before || after
}

// shows reports whether the environment has a variable as the loader has left it.
func (l loader) shows(now Vars, name string) bool {
	if !l.touches(name) {
		return false
	}
	value, ok := now[name]
	want, set := l.Loaded[name]
	return ok == set && value == want
}

// under is what a variable was before the loader. Secrets are not asked for: their
// values do not go through here.
func (l loader) under(v variable) Before { return plainBefore(l.Before, v.name) }

// over is what a variable is where the loader has loaded and vault has not, with b under
// both.
func (l loader) over(v variable, b Before) Before {
	if v.secret || !l.touches(v.name) {
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

// mended has direnv bring back what was there before both, where it would bring back what
// an activation had set.
func (l loader) mended(now Vars, active State) Change {
	before, changed := make(map[string]string, len(l.Before)), false
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
		return nil
	}
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if json.NewEncoder(w).Encode(loader{before, l.Loaded}) != nil || w.Close() != nil {
		return nil
	}
	return Change{{Name: loaderName, Action: Set, Value: base64.URLEncoding.EncodeToString(b.Bytes())}}
}

// Overlaid reports whether another hook has changed what an activation has set, by
// loading or by taking away what it had loaded. What is asked is whether a hook did
// something at all; the user's own changes look otherwise, and stay.
func Overlaid(now Vars, active State) bool {
	l := loaded(now)
	for name := range l.Loaded {
		v, known := lookup(name)
		_, ours := active.Vars[name]
		if known && !v.secret && !ours && name != "AWS_REGION" && name != "AWS_DEFAULT_REGION" && l.shows(now, name) {
			return true // what an activation takes away was not there then
		}
	}
	for name, r := range active.Vars {
		v, known := lookup(name)
		if !known || v.secret || name == "AWS_ACCESS_KEY_ID" || r.Ours.matches(now, name) {
			continue
		}
		if l.shows(now, name) || r.Before.is(now, name) {
			return true
		}
	}
	return false
}

// is reports whether a variable is again what it was.
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
