package say

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"awsvault/internal/jsonout"
)

// Optional returns a pointer to a text, or nil for an empty text.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// OrNull writes a text, or null for an empty text.
func OrNull(w *jsonout.Writer, text string) {
	if text == "" {
		w.Null()
		return
	}
	w.Text(text)
}

// TimeOrNull writes a time, or null if it is not known.
func TimeOrNull(w *jsonout.Writer, t time.Time) {
	if t.IsZero() {
		w.Null()
		return
	}
	w.Text(t.UTC().Format(time.RFC3339))
}

// JSON is a document, and a line end. JSON lets every character but C0 stand as it is; a
// terminal may take some of the others for an order, so they are escaped.
func JSON(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return EscapeJSON(b.String()), nil
}

// EscapeJSON escapes invisible characters in a valid document.
func EscapeJSON(text string) string {
	hidden := func(r rune) bool { return r > '~' && !unicode.IsPrint(r) }
	last := len(text) - 1
	for last >= 0 && text[last] <= '~' { // nearly always the whole text
		last--
	}
	if last < 0 || strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if !hidden(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, "\\u%04x", unit)
		}
	}
	return b.String()
}

// ErrorJSON formats an error as one line for stderr: {"schema":1,"error":{...}}.
func ErrorJSON(text, hint string, status int) string {
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
	OrNull(&j, hint)
	j.Name("status")
	j.Number(int64(status))
	j.Close('}')
	j.Close('}')
	return EscapeJSON(string(j.Bytes)) + "\n"
}
