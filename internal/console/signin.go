package console

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
)

// Signin creates addresses that sign in.
type Signin struct {
	API      *awsapi.Client
	Endpoint string // see [Partition.FederationEndpoint]
	Issuer   string // the creator of the address: a name for the page that AWS shows when the session ends
}

// advise adds the reason behind AWS's sentence.
func advise(e *awsapi.Error) {
	switch {
	case strings.HasPrefix(e.Message, "Only federation tokens or assume role tokens"):
		e.Advice = "a user's session cannot open the console: use a profile with a role, or the user's own stored keys"
	case strings.HasPrefix(e.Message, "Invalid credentials"):
		e.Advice = "the session may have expired, or may not be a role session; try --fresh"
	case e.Status >= 500:
		e.Advice = "try again; AWS_VAULT_FEDERATION_ENDPOINT can name a sign-in endpoint in another region"
	}
}

// Token gets a sign-in token. duration limits the console session; zero means as long as the
// credentials last. The credentials go in the body, because proxies log addresses and AWS
// refuses an address with a large session token.
//
// AWS refuses a duration for chained roles and federated users. Token then asks again without
// a duration, and cut reports that it did.
func (s Signin) Token(ctx context.Context, c aws.Credentials, duration time.Duration) (token string, cut bool, err error) {
	token, err = s.token(ctx, c, duration)
	if e := (*awsapi.Error)(nil); duration > 0 && errors.As(err, &e) && e.Status == http.StatusBadRequest && e.Message != "" {
		token, err = s.token(ctx, c, 0)
		return token, err == nil, err
	}
	return token, false, err
}

func (s Signin) token(ctx context.Context, c aws.Credentials, duration time.Duration) (string, error) {
	session, err := json.Marshal(map[string]string{"sessionId": c.AccessKeyID, "sessionKey": c.SecretAccessKey, "sessionToken": c.SessionToken})
	if err != nil {
		return "", err
	}
	form := url.Values{"Action": {"getSigninToken"}, "Session": {string(session)}}
	if duration > 0 {
		form.Set("SessionDuration", strconv.FormatInt(int64(duration/time.Second), 10))
	}
	call := awsapi.Call{
		Op: "the console's sign-in", URL: s.Endpoint, Body: []byte(form.Encode()),
		Header:  http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Refused: func(_ http.Header, body []byte) (code, message string) { return "", sentence(string(body), c) },
	}
	var out struct{ SigninToken string }
	err = s.API.JSON(ctx, call, nil, &out)
	if e := (*awsapi.Error)(nil); errors.As(err, &e) {
		advise(e)
	}
	if err == nil && !awsapi.Token(out.SigninToken) {
		err = errors.New("the console's sign-in: the answer has no token in it")
	}
	return out.SigninToken, err
}

// sentence returns an answer if it is a line of text, and "" for a page. It also returns ""
// for an answer that repeats the credentials.
func sentence(body string, c aws.Credentials) string {
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

// Address returns the address that signs in the browser and then shows the destination.
func (s Signin) Address(token, destination string) string {
	q := url.Values{"Action": {"login"}, "Issuer": {s.Issuer}, "Destination": {destination}, "SigninToken": {token}}
	return s.Endpoint + "?" + q.Encode()
}

// LogoutFirst returns an address that first ends the browser's session in the console and then
// opens another address. AWS obeys it only at this host, and not in a browser with several
// sessions at once.
func LogoutFirst(address string) string {
	return "https://us-east-1.signin.aws.amazon.com/oauth?" + url.Values{"Action": {"logout"}, "redirect_uri": {address}}.Encode()
}
