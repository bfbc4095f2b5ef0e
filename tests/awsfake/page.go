package awsfake

import (
	"html/template"
	"net/http"
)

// webPage is a page for a person's browser: text, and perhaps a question with two buttons.
type webPage struct {
	Title, Text string
	Action      string            // where the answer is posted; empty: there is no question
	Hidden      map[string]string // goes with the answer
	Ask         string            // the name of a field to fill in, with the one button Next
	People      []string          // to choose from, as person
}

var pageTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body>
<h1>{{.Title}}</h1>
<p id="text">{{.Text}}</p>
{{- if .Action}}
<form method="post" action="{{.Action}}">
{{- range $name, $value := .Hidden}}
<input type="hidden" name="{{$name}}" value="{{$value}}">
{{- end}}
{{- if .Ask}}
<input name="{{.Ask}}" id="{{.Ask}}" autofocus>
<button id="next">Next</button>
{{- else}}
<select name="person" id="person">{{range .People}}<option>{{.}}</option>{{end}}</select>
<button name="decision" value="allow" id="allow">Allow</button>
<button name="decision" value="deny" id="deny">Deny</button>
{{- end}}
</form>
{{- end}}
</body>
</html>
`))

func (p webPage) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Frame-Options", "DENY")
	_ = pageTemplate.Execute(w, p) // the browser may be gone
}
