package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Credentials are those that the console is opened with. They must be a session's.
type Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }

// Signin makes addresses that sign in.
type Signin struct {
	HTTP     *http.Client
	Endpoint string // see [Partition.FederationEndpoint]
	Issuer   string // who made the address: a name, for AWS's page when the session ends
}

// RefusedError is an answer that is no token.
type RefusedError struct {
	Status int    // of HTTP
	Text   string // what AWS says, if it is a line
	host   string
}

// Error is one line, and names the host.
func (e *RefusedError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("the answer of %s is not AWS's (HTTP %d)", e.host, e.Status)
	}
	return fmt.Sprintf("the console's sign-in refused: %s (HTTP %d)", e.Text, e.Status)
}

// Hint says what is behind AWS's sentence.
func (e *RefusedError) Hint() string {
	switch {
	case strings.HasPrefix(e.Text, "Only federation tokens or assume role tokens"):
		return "a user's session is not for the console: use a profile with a role, or the user's own stored keys"
	case strings.HasPrefix(e.Text, "Invalid credentials"):
		return "the session may have ended, or not be a role's; try --fresh"
	case e.Status >= 500:
		return "try again; AWS_VAULT_FEDERATION_ENDPOINT can name a sign-in endpoint in another region"
	}
	return ""
}

// maxAnswer is more than any token, in bytes; answerTime how long to wait for one.
const (
	maxAnswer  = 64 << 10
	answerTime = 30 * time.Second
)

// Token gets a sign-in token. duration is the console's, zero for as long as the
// credentials last. The credentials go in the body: an address would be in the
// logs of proxies, and one with a large session token is refused.
//
// A duration is refused for chained roles and federated users. Where it is all the
// same, the token is asked for again without: cut says that this was so.
func (s Signin) Token(ctx context.Context, c Credentials, duration time.Duration) (token string, cut bool, err error) {
	token, err = s.token(ctx, c, duration)
	if e := (*RefusedError)(nil); duration > 0 && errors.As(err, &e) && e.Status == http.StatusBadRequest && e.Text != "" {
		token, err = s.token(ctx, c, 0)
		return token, err == nil, err
	}
	return token, false, err
}

func (s Signin) token(ctx context.Context, c Credentials, duration time.Duration) (string, error) {
	session, err := json.Marshal(map[string]string{"sessionId": c.AccessKeyID, "sessionKey": c.SecretAccessKey, "sessionToken": c.SessionToken})
	if err != nil {
		return "", err
	}
	form := url.Values{"Action": {"getSigninToken"}, "Session": {string(session)}}
	if duration > 0 {
		form.Set("SessionDuration", strconv.FormatInt(int64(duration/time.Second), 10))
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", errors.New("the federation endpoint is not a URL")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	resp, err := s.HTTP.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", &url.Error{Op: "Post", URL: s.Endpoint, Err: err}
	}
	var out struct{ SigninToken string }
	if resp.StatusCode == http.StatusOK && json.Unmarshal(body, &out) == nil && out.SigninToken != "" {
		return out.SigninToken, nil
	}
	refused := &RefusedError{Status: resp.StatusCode, host: r.URL.Host}
	if resp.StatusCode != http.StatusOK {
		refused.Text = sentence(string(body), c)
	}
	return "", refused
}

// sentence is what an answer says if it is a line of text, and nothing for a page.
// What repeats the credentials is not shown.
func sentence(body string, c Credentials) string {
	body = strings.TrimSpace(body)
	if body == "" || len(body) > 300 || !utf8.ValidString(body) || strings.ContainsAny(body, "<{") || strings.ContainsFunc(body, unicode.IsControl) {
		return ""
	}
	for _, secret := range []string{c.SecretAccessKey, c.SessionToken} {
		if secret != "" && strings.Contains(body, secret) {
			return ""
		}
	}
	return body
}

// Address signs in whoever opens it, and shows the destination.
func (s Signin) Address(token, destination string) string {
	q := url.Values{"Action": {"login"}, "Issuer": {s.Issuer}, "Destination": {destination}, "SigninToken": {token}}
	return s.Endpoint + "?" + q.Encode()
}

// LogoutFirst is an address that ends the browser's session in the console before
// it goes on to another. AWS heeds it at this one host only, and not in a browser
// that has several sessions at once.
func LogoutFirst(address string) string {
	return "https://us-east-1.signin.aws.amazon.com/oauth?" + url.Values{"Action": {"logout"}, "redirect_uri": {address}}.Encode()
}
