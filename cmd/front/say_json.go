package front

import (
	"slices"

	"awsvault/internal/grammar"
	"awsvault/internal/jsonout"
)

// wantsJSON tells whether the answer was wanted as JSON, so that the error is JSON too.
// --json of exec is aws-vault's, and what stands behind -- is another program's.
func (w *World) wantsJSON() bool {
	args := w.Args
	if i := slices.Index(args, "--"); i >= 0 && w.Shell == nil {
		args = args[:i]
	}
	if len(args) == 0 || !slices.Contains(args, "--json") {
		return false
	}
	command := grammar.Find(args[0])
	return command == nil || command.Name != "exec"
}

// errorJSON is an error as one line, on stderr as every error is: {"schema":1,"error":{...}}.
func errorJSON(text, hint string, status int) string {
	var j jsonout.Writer
	j.PlainHTML = true
	j.Open('{')
	j.Name("schema")
	j.Number(1)
	j.Name("error")
	j.Open('{')
	j.Name("message")
	j.Text(text)
	j.Name("hint")
	optional(&j, hint)
	j.Name("status")
	j.Number(int64(status))
	j.Close('}')
	j.Close('}')
	return escapeJSON(string(j.Bytes)) + "\n"
}
