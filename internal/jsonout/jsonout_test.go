package jsonout_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"awsvault/internal/jsonout"
)

// The output equals that of encoding/json, byte for byte.
func TestItIsWhatEncodingJSONWrites(t *testing.T) {
	type inner struct {
		A string   `json:"a"`
		B []string `json:"b"`
	}
	type document struct {
		Text  string  `json:"text"`
		N     int64   `json:"n"`
		On    bool    `json:"on"`
		None  *string `json:"none"`
		Inner []inner `json:"inner"`
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]*`), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }), rapid.Just("<&>\u2028\"\\\x7f"))
		d := document{Text: text.Draw(t, "text"), N: rapid.Int64().Draw(t, "n"), On: rapid.Bool().Draw(t, "on")}
		d.Inner = make([]inner, rapid.IntRange(0, 3).Draw(t, "inner"))
		for i := range d.Inner {
			d.Inner[i].A = text.Draw(t, "a")
			if rapid.Bool().Draw(t, "some") {
				d.Inner[i].B = append([]string{}, rapid.SliceOfN(text, 0, 3).Draw(t, "b")...)
			}
		}
		w := jsonout.Writer{PlainHTML: rapid.Bool().Draw(t, "plain")}
		w.Open('{')
		w.Name("text")
		w.Text(d.Text)
		w.Name("n")
		w.Number(d.N)
		w.Name("on")
		w.Bool(d.On)
		w.Name("none")
		w.Null()
		w.Name("inner")
		w.Open('[')
		for _, in := range d.Inner {
			w.Open('{')
			w.Name("a")
			w.Text(in.A)
			w.Name("b")
			w.Texts(in.B)
			w.Close('}')
		}
		w.Close(']')
		w.Close('}')

		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(!w.PlainHTML)
		if err := e.Encode(d); err != nil {
			t.Fatal(err)
		}
		if got := string(w.Bytes) + "\n"; got != want.String() {
			t.Errorf("%q, want %q", got, want.String())
		}
	})
}
