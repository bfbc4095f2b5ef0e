package listing

import (
	"bufio"
	"iter"
	"time"

	"awsvault/internal/jsonout"
	"awsvault/internal/say"
)

// writeJSON prints the list as one document, row by row. Unknown values are null.
func writeJSON(out *bufio.Writer, rows iter.Seq[profile]) {
	out.WriteString(`{"schema":1,"profiles":[`)
	var w jsonout.Writer
	w.PlainHTML = true
	first := true
	for row := range rows {
		if !first {
			out.WriteByte(',')
		}
		first = false
		w.Restart()
		row.json(&w)
		out.WriteString(say.EscapeJSON(string(w.Bytes)))
	}
	out.WriteString("]}\n")
}

func (p *profile) json(w *jsonout.Writer) {
	problem := ""
	if p.Problem != nil {
		problem = p.Problem.Error()
	}
	w.Open('{')
	w.Name("name")
	w.Text(p.Name)
	w.Name("active")
	w.Bool(p.active)
	for _, f := range [...]struct{ name, text string }{{"account", p.Account}, {"role", p.Role}, {"region", p.Region}, {"source", p.Source}} {
		w.Name(f.name)
		say.OrNull(w, f.text)
	}
	w.Name("key")
	w.Bool(p.key)
	for _, f := range [...]struct {
		name string
		at   time.Time
	}{{"key_created", p.since.Created}, {"key_stored", p.since.Stored}} {
		w.Name(f.name)
		say.TimeOrNull(w, f.at)
	}
	w.Name("mfa")
	w.Bool(p.MFA)
	w.Name("session")
	if p.expires.IsZero() {
		w.Null()
	} else {
		w.Open('{')
		w.Name("expires")
		w.Text(p.expires.UTC().Format(time.RFC3339Nano))
		w.Close('}')
	}
	w.Name("protected")
	w.Bool(p.Protected)
	w.Name("problem")
	say.OrNull(w, problem)
	w.Close('}')
}
