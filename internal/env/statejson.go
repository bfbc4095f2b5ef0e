package env

import (
	"encoding/base64"
	"maps"
	"slices"
	"time"

	"awsvault/internal/jsonout"
)

// json writes a state as encoding/json does, but without reflection, which would take longer
// than everything else that `use` writes. A test checks that no field is missing.
func (s State) json() []byte {
	w := fields{jsonout.Writer{Bytes: make([]byte, 0, 2<<10)}}
	w.Open('{')
	w.text("profile", s.Profile)
	w.given("previous", s.Previous)
	w.Name("about")
	w.about(s.About)
	w.Name("vars")
	w.vars(s.Vars)
	w.Close('}')
	return w.Bytes
}

// fields writes the fields of an object. Those written with given are omitted if they are
// empty.
type fields struct{ jsonout.Writer }

func (w *fields) text(name, text string) {
	w.Name(name)
	w.Text(text)
}

func (w *fields) given(name, text string) {
	if text != "" {
		w.text(name, text)
	}
}

func (w *fields) bytes(name string, b []byte) { w.given(name, base64.StdEncoding.EncodeToString(b)) }

func (w *fields) texts(name string, list []string) {
	if len(list) > 0 {
		w.Name(name)
		w.Texts(list)
	}
}

func (w *fields) on(name string, on bool) {
	if on {
		w.Name(name)
		w.Bool(on)
	}
}

func (w *fields) duration(name string, d time.Duration) {
	if d != 0 {
		w.Name(name)
		w.Number(int64(d))
	}
}

func (w *fields) about(a About) {
	w.Open('{')
	w.given("account", a.Account)
	w.given("arn", a.ARN)
	w.given("role", a.Role)
	w.given("region_from", a.RegionFrom)
	w.on("own", a.Own)
	w.bytes("origin", a.Origin)
	w.on("no_session", a.NoSession)
	w.given("region", a.Region)
	w.duration("duration", a.Duration)
	w.on("read_only", a.ReadOnly)
	w.texts("policies", a.Policies)
	w.given("narrowed", a.Narrowed)
	w.given("agent", a.Agent)
	w.given("moved", a.Moved)
	w.given("moved_from", a.MovedFrom)
	w.given("backend", a.Backend)
	w.given("session_backend", a.SessionBackend)
	if o := a.Outer; o != nil {
		w.Name("outer")
		w.Open('{')
		w.text("profile", o.Profile)
		w.given("region", o.Region)
		w.duration("duration", o.Duration)
		w.on("no_session", o.NoSession)
		w.on("read_only", o.ReadOnly)
		w.texts("policies", o.Policies)
		w.given("agent", o.Agent)
		w.given("via", o.Via)
		w.Close('}')
	}
	w.duration("lifetime", a.Lifetime)
	w.on("served", a.Served)
	w.given("via", a.Via)
	w.given("lease", a.Lease)
	if a.Shell != 0 {
		w.Name("shell")
		w.Number(int64(a.Shell))
	}
	w.on("exec", a.Exec)
	w.on("protected", a.Protected)
	w.Close('}')
}

func (w *fields) vars(vars map[string]Record) {
	if vars == nil {
		w.Null()
		return
	}
	w.Open('{')
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		r := vars[name]
		w.Name(name) // only names for which [Managed] is true
		w.Open('{')
		w.Name("before")
		w.Open('{')
		w.text("kind", string(r.Before.Kind))
		w.bytes("value", r.Before.Value)
		w.Close('}')
		w.text("ours", string(r.Ours))
		w.Close('}')
	}
	w.Close('}')
}
