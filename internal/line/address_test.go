package line

import "testing"

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"http://op.example.com:8080/x":      "http://op.example.com:8080/x",
		"http://u:PW@op.example.com/x":      "http://***@op.example.com/x",
		"http://u:P%ZZ@op.example.com":      "http://***@op.example.com",
		"http://u:P/W?x#y@op.example.com":   "http://***@op.example.com",
		"u:PW@host":                         "***@host",
		"http://op.example.com/?token=PW":   "http://op.example.com/?***",
		"http://op.example.com/#PW":         "http://op.example.com/#***",
		"http://user:a@b@host?q=http://x@y": "http://***@y",
		"ftp:x":                             "ftp:x",
		"a\x1b[31m":                         "a?[31m",
		"":                                  "",
	} {
		if got := Address(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
