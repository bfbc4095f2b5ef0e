package sso

import (
	"os"
	"testing"
	"time"

	"awsvault/internal/awsapi"
)

// Whatever the file of a sign-in contains, a token from it fits in a header, and is the same
// after the file was written back.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", "{", "null", "[]", `{"accessToken":1}`,
		`{"startUrl":"https://a/start","region":"eu-west-1","accessToken":"a","expiresAt":"2030-01-01T00:00:00Z","clientId":"c","clientSecret":"s","registrationExpiresAt":"2030-01-01T00:00:00UTC","refreshToken":"r","x":{"y":[1]}}`,
		`{"accessToken":"a\nb","expiresAt":"2030-01-01T00:00:00Z"}`, `{"accessToken":"a","expiresAt":"0000-01-01T00:00:00+23:59"}`,
	} {
		f.Add([]byte(seed))
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	c := &Client{Dir: f.TempDir(), Now: func() time.Time { return now }}
	s := Session{Name: "corp", StartURL: "https://a/start", Region: "eu-west-1"}
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(c.path(s.key()), text, 0o600); err != nil {
			t.Fatal(err)
		}
		c.readRegistration(s, true)
		if err := os.WriteFile(c.path(registrationKey(s)), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, ok := c.readRegistration(s, false); ok && (r.id == "" || r.expires.Sub(now) < registrationLeft) {
			t.Errorf("a registration %+v", r)
		}
		got, err := c.read(s)
		if err != nil {
			t.Fatal(err)
		}
		if got.access != "" && !awsapi.Token(got.access) || got.refresh != "" && !awsapi.Token(got.refresh) {
			t.Errorf("a token that no header takes: %q, %q", got.access, got.refresh)
		}
		if !got.usable(now, "") {
			return
		}
		if err := c.write(s, got); err != nil {
			t.Fatal(err)
		}
		again, err := c.read(s)
		if err != nil || again.access != got.access || again.refresh != got.refresh || again.clientID != got.clientID || again.clientSecret != got.clientSecret ||
			!again.expires.Equal(got.expires.Truncate(time.Second)) || len(again.fields) < len(got.fields) {
			t.Errorf("read %+v, written and read again %+v, %v", got, again, err)
		}
	})
}
