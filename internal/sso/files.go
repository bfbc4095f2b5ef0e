package sso

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"time"
	"unicode/utf16"

	"awsvault/internal/awsapi"
	"awsvault/internal/clicache"
	"awsvault/internal/disk"
)

// token is the result of a sign-in, as the AWS CLI stores it.
type token struct {
	access, refresh        string
	expires                time.Time
	clientID, clientSecret string
	registrationExpires    time.Time
	fields                 clicache.Object // all fields of the file, also those of others
}

// window is how long before its expiry a token is renewed. The AWS CLI begins at 15 minutes.
const window = 10 * time.Minute

func (t token) usable(now time.Time, refused string) bool {
	margin := time.Minute
	if t.renewable(now) {
		margin = window
	}
	return t.access != "" && t.access != refused && t.expires.Sub(now) > margin
}

func (t token) renewable(now time.Time) bool {
	return t.refresh != "" && t.clientID != "" && t.clientSecret != "" && t.registrationExpires.After(now)
}

// fields reads a file. It returns nil for a file that is missing or damaged.
func (c *Client) fields(path string) (clicache.Object, error) {
	o, err := c.Files.Read(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, clicache.ErrBroken) || errors.Is(err, disk.ErrTooLarge) {
		return nil, nil
	}
	return o, err
}

// texts copies fields out of an object. All of them must be texts or missing.
func texts(o clicache.Object, into map[string]*string) (ok bool) {
	for name, to := range into {
		if *to, ok = o.Text(name); !ok {
			return false
		}
	}
	return true
}

// read reads the token of a session. A file that is missing, damaged, or for other settings
// has no token. A file that another user can write is an error, because that user decides who
// is signed in.
func (c *Client) read(s Session) (token, error) {
	var none token
	o, err := c.fields(c.path(s.key()))
	if err != nil || o == nil {
		return none, err
	}
	t := token{fields: o}
	var expires, registration, startURL, region string
	if !texts(o, map[string]*string{
		"accessToken": &t.access, "refreshToken": &t.refresh, "expiresAt": &expires,
		"clientId": &t.clientID, "clientSecret": &t.clientSecret, "registrationExpiresAt": &registration,
		"startUrl": &startURL, "region": &region,
	}) {
		return none, nil
	}
	if startURL != "" && startURL != s.StartURL || region != "" && region != s.Region {
		return none, nil // a sign-in to something else with the same name
	}
	if t.access != "" && !awsapi.Token(t.access) || t.refresh != "" && !awsapi.Token(t.refresh) {
		return none, nil
	}
	if t.expires, err = parseTime(expires); err != nil {
		return none, nil
	}
	t.registrationExpires, _ = parseTime(registration)
	return t, nil
}

// write stores a token for the next run, and for the AWS CLI and the SDKs.
func (c *Client) write(s Session, t token) error {
	o := clicache.Object{}
	maps.Copy(o, t.fields)
	o.Set("startUrl", s.StartURL)
	o.Set("region", s.Region)
	o.Set("accessToken", t.access)
	o.Set("expiresAt", formatTime(t.expires))
	o.Set("clientId", t.clientID)
	o.Set("clientSecret", t.clientSecret)
	o.Set("refreshToken", t.refresh)
	if !t.registrationExpires.IsZero() {
		o.Set("registrationExpiresAt", formatTime(t.registrationExpires))
	}
	return c.Files.Write(c.path(s.key()), o)
}

// forget removes the token of a session, and returns it.
func (c *Client) forget(s Session) (token, error) {
	t, err := c.read(s)
	if err != nil {
		return t, err
	}
	if err := os.Remove(c.path(s.key())); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return t, err
	}
	return t, nil
}

// registration is this program's registration with Identity Center, for 90 days.
type registration struct {
	id, secret string
	expires    time.Time
}

// registrationLeft is how long a registration must still last to be used, as in the AWS CLI.
const registrationLeft = 15 * time.Minute

func (c *Client) readRegistration(s Session, code bool) (registration, bool) {
	o, err := c.fields(c.path(registrationKey(s)))
	if err != nil || o == nil {
		return registration{}, false
	}
	var r registration
	var expires string
	if !texts(o, map[string]*string{"clientId": &r.id, "clientSecret": &r.secret, "expiresAt": &expires}) {
		return registration{}, false
	}
	if r.expires, err = parseTime(expires); err != nil || r.id == "" || r.expires.Sub(c.Now()) < registrationLeft {
		return registration{}, false
	}
	// A registration without grantTypes is for device codes.
	_, grants := o["grantTypes"]
	return r, grants == code
}

func (c *Client) writeRegistration(s Session, r registration, grants []string) error {
	o := clicache.Object{}
	o.Set("clientId", r.id)
	o.Set("clientSecret", r.secret)
	o.Set("expiresAt", formatTime(r.expires))
	if len(s.Scopes) > 0 {
		o["scopes"], _ = json.Marshal(s.Scopes)
	}
	if len(grants) > 0 {
		o["grantTypes"], _ = json.Marshal(grants)
	}
	return c.Files.Write(c.path(registrationKey(s)), o)
}

// registrationKey builds the same text as the AWS CLI: Python's json.dumps, sorted, with its
// spaces.
func registrationKey(s Session) string {
	scopes, name := "null", "null"
	if len(s.Scopes) > 0 && !s.Unscoped {
		quoted := make([]string, len(s.Scopes))
		for i, scope := range s.Scopes {
			quoted[i] = pythonJSON(scope)
		}
		scopes = "[" + strings.Join(quoted, ", ") + "]"
	}
	if s.Name != "" {
		name = pythonJSON(s.Name)
	}
	return fmt.Sprintf(`{"region": %s, "scopes": %s, "session_name": %s, "startUrl": %s, "tool": "botocore"}`,
		pythonJSON(s.Region), scopes, name, pythonJSON(s.StartURL))
}

// pythonJSON quotes as Python's json does, with \uXXXX for characters beyond ASCII.
func pythonJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (c *Client) path(key string) string {
	return clicache.TokenPath(c.Dir, key)
}

func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// parseTime reads RFC 3339, or with UTC instead of Z, as in old files.
func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05UTC", text)
	}
	return t.UTC(), err
}
