package sso

import (
	"bytes"
	"crypto/sha1" // the AWS CLI's names for its files, nothing secret
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf16"
)

// token is what a sign-in gave, as the AWS CLI keeps it.
type token struct {
	access, refresh        string
	expires                time.Time
	clientID, clientSecret string
	registrationExpires    time.Time
	fields                 map[string]json.RawMessage // all of the file, ours or not
}

// window is how long before its end a token is renewed. The AWS CLI begins at 15 minutes.
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

// maxFile is far above any of these files, in bytes.
const maxFile = 256 << 10

// read reads the token of a session. A file that is not there, not whole, or of
// other settings is no token; one of somebody else's is an error, because
// whoever can write it decides as whom one works.
func (c *Client) read(s Session) (token, error) {
	var t token
	fields, err := readJSON(c.path(s.key()))
	if err != nil || fields == nil {
		return t, err
	}
	var doc struct {
		AccessToken, RefreshToken, ExpiresAt          string
		ClientID, ClientSecret, RegistrationExpiresAt string
		StartURL, Region                              string
	}
	if err := decode(fields, map[string]*string{
		"accessToken": &doc.AccessToken, "refreshToken": &doc.RefreshToken, "expiresAt": &doc.ExpiresAt,
		"clientId": &doc.ClientID, "clientSecret": &doc.ClientSecret, "registrationExpiresAt": &doc.RegistrationExpiresAt,
		"startUrl": &doc.StartURL, "region": &doc.Region,
	}); err != nil {
		return t, nil
	}
	if doc.StartURL != "" && doc.StartURL != s.StartURL || doc.Region != "" && doc.Region != s.Region {
		return t, nil // signed in somewhere else under the same name
	}
	if !visible(doc.AccessToken) || !visible(doc.RefreshToken) {
		return t, nil
	}
	t = token{access: doc.AccessToken, refresh: doc.RefreshToken, clientID: doc.ClientID, clientSecret: doc.ClientSecret, fields: fields}
	if t.expires, err = parseTime(doc.ExpiresAt); err != nil {
		return token{}, nil
	}
	t.registrationExpires, _ = parseTime(doc.RegistrationExpiresAt)
	return t, nil
}

// write keeps a token for the next time, and for the AWS CLI and the SDKs.
func (c *Client) write(s Session, t token) error {
	fields := map[string]json.RawMessage{}
	for k, v := range t.fields {
		fields[k] = v
	}
	set := func(name, value string) {
		if value == "" {
			delete(fields, name)
			return
		}
		fields[name] = quoteJSON(value)
	}
	set("startUrl", s.StartURL)
	set("region", s.Region)
	set("accessToken", t.access)
	set("expiresAt", formatTime(t.expires))
	set("clientId", t.clientID)
	set("clientSecret", t.clientSecret)
	set("refreshToken", t.refresh)
	if !t.registrationExpires.IsZero() {
		set("registrationExpiresAt", formatTime(t.registrationExpires))
	}
	return c.writeJSON(c.path(s.key()), fields)
}

// Forget removes the token of a session, and returns what it was.
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

// registration is this program as the Identity Center knows it, for 90 days.
type registration struct {
	id, secret string
	expires    time.Time
}

// registrationLeft is what a registration must have left to be used, as in the AWS CLI.
const registrationLeft = 15 * time.Minute

func (c *Client) readRegistration(s Session, code bool) (registration, bool) {
	fields, err := readJSON(c.path(registrationKey(s)))
	if err != nil || fields == nil {
		return registration{}, false
	}
	var r registration
	var expires string
	if decode(fields, map[string]*string{"clientId": &r.id, "clientSecret": &r.secret, "expiresAt": &expires}) != nil {
		return registration{}, false
	}
	if r.expires, err = parseTime(expires); err != nil || r.id == "" || r.expires.Sub(c.Now()) < registrationLeft {
		return registration{}, false
	}
	// One without grantTypes was made for device codes.
	_, grants := fields["grantTypes"]
	return r, grants == code
}

func (c *Client) writeRegistration(s Session, r registration, grants []string) error {
	fields := map[string]json.RawMessage{
		"clientId": quoteJSON(r.id), "clientSecret": quoteJSON(r.secret), "expiresAt": quoteJSON(formatTime(r.expires)),
	}
	if len(s.Scopes) > 0 {
		fields["scopes"], _ = json.Marshal(s.Scopes)
	}
	if len(grants) > 0 {
		fields["grantTypes"], _ = json.Marshal(grants)
	}
	return c.writeJSON(c.path(registrationKey(s)), fields)
}

// registrationKey is the AWS CLI's: Python's json.dumps, sorted, with its spaces.
func registrationKey(s Session) string {
	scopes, name := "null", "null"
	if len(s.Scopes) > 0 {
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

// pythonJSON quotes as Python's json does: what is not ASCII as \uXXXX.
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
	sum := sha1.Sum([]byte(key))
	return filepath.Join(c.Dir, hex.EncodeToString(sum[:])+".json")
}

// readJSON reads a file of one JSON object; nil if there is none that is whole.
func readJSON(path string) (map[string]json.RawMessage, error) {
	// Before it is opened: opening a pipe waits for somebody to write.
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file: remove it, and sign in again", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the cached sign-in: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the cached sign-in: %w", err)
	}
	if err := ours(path, info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(text) > maxFile {
		return nil, nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil {
		return nil, nil // the AWS CLI writes in place: it may be half a file
	}
	return fields, nil
}

// writeJSON replaces a file as a whole; nobody ever reads half of it.
func (c *Client) writeJSON(path string, fields map[string]json.RawMessage) error {
	text, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("keep the sign-in: %w", err)
	}
	f, err := os.CreateTemp(c.Dir, ".vault-*") // 0600
	if err != nil {
		return fmt.Errorf("keep the sign-in: %w", err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("keep the sign-in: %w", err)
	}
	return nil
}

// decode takes the texts of these names out of an object. One that is not there is empty.
func decode(fields map[string]json.RawMessage, into map[string]*string) error {
	for name, to := range into {
		if raw, ok := fields[name]; ok && string(raw) != "null" {
			if err := json.Unmarshal(raw, to); err != nil {
				return err
			}
		}
	}
	return nil
}

func quoteJSON(s string) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string
	return bytes.TrimSpace(b.Bytes())
}

func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// parseTime reads RFC 3339, or with UTC instead of Z as old files have it.
func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05UTC", text)
	}
	return t.UTC(), err
}

// visible says that a text can be in a header: visible ASCII.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
