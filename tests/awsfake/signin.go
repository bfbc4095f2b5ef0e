package awsfake

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	sameDevice  = "arn:aws:signin:::devtools/same-device"
	crossDevice = "arn:aws:signin:::devtools/cross-device"

	loginLife            = 12 * time.Hour
	loginCredentialsLife = 15 * time.Minute
)

// signinState is the state of the service behind `aws login`.
type signinState struct {
	pages  map[string]*consoleSignIn // by id of the page
	codes  map[string]*consoleSignIn
	logins map[string]*login // by refresh token
	proofs map[string]bool   // ids of DPoP proofs that were seen
	key    issuerKey         // of id tokens
}

func newSigninState() signinState {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(fmt.Sprintf("awsfake: key of id tokens: %v", err))
	}
	return signinState{
		pages: map[string]*consoleSignIn{}, codes: map[string]*consoleSignIn{}, logins: map[string]*login{}, proofs: map[string]bool{},
		key: issuerKey{"signin", key},
	}
}

// consoleSignIn is a question to a person on the authorize page.
type consoleSignIn struct {
	client, redirectURI, state, challenge, region string
	expires                                       time.Time
	user                                          *User
	answered, used                                bool
}

// login is a session of `aws login`, for one person on one machine. Its refresh tokens are
// bound to the machine's key.
type login struct {
	user       *User
	client     string
	region     string
	thumbprint string
	ends       time.Time
	password   int // the user's, at the time
}

func signinRoutes() map[string]route {
	return map[string]route{
		"GET /v1/authorize":             {"signin-page", "AuthorizeOAuth2Access", (*webRequest).loginPage},
		"POST /v1/authorize":            {"signin-page", "AnswerOAuth2Access", (*webRequest).answerLogin},
		"GET /v1/sessions/confirmation": {"signin-page", "ConfirmationPage", (*webRequest).confirmationPage},
		"POST /v1/token":                {"signin", "CreateOAuth2Token", (*webRequest).createOAuth2Token},
	}
}

// loginPage asks who signs in. It offers the ARNs of all users.
func (q *webRequest) loginPage() (any, *Error) {
	in := &consoleSignIn{
		client: q.text("client_id"), redirectURI: q.text("redirect_uri"), state: q.text("state"), challenge: q.text("code_challenge"),
		region: q.region, expires: q.now.Add(authorizePageLife),
	}
	loopback := regexp.MustCompile(`^http://127\.0\.0\.1:\d+/oauth/callback$`).MatchString(in.redirectURI)
	confirmation, err := url.Parse(in.redirectURI)
	switch {
	case in.client == sameDevice && loopback:
	case in.client == crossDevice && err == nil && strings.HasSuffix(confirmation.Path, "/v1/sessions/confirmation") && confirmation.Host == q.http.Host:
	default:
		return nil, refuse(400, "ValidationException", "The client or its redirect URI is not known.")
	}
	if q.text("response_type") != "code" || q.text("code_challenge_method") != "SHA-256" || len(in.challenge) != 43 || q.text("scope") != "openid" {
		return in.to(url.Values{"error": {"invalid_request"}}), nil
	}
	id := newID("")
	q.signin.pages[id] = in
	return webPage{
		Title: "Sign in to local development", Text: "Allow AWS CLI to act as you?",
		Action: "/v1/authorize", Hidden: map[string]string{"id": id}, People: q.userARNs(),
	}, nil
}

func (st *state) userARNs() []string {
	var arns []string
	for _, a := range st.accounts {
		for u := range maps.Values(a.users) {
			arns = append(arns, u.ARN())
		}
		arns = append(arns, a.root.ARN())
	}
	slices.Sort(arns)
	slices.Reverse(arns) // root users last
	return arns
}

func (st *state) userOfARN(arn string) *User {
	for _, a := range st.accounts {
		for _, u := range a.users {
			if u.ARN() == arn {
				return u
			}
		}
		if a.root.ARN() == arn {
			return a.root
		}
	}
	return nil
}

func (q *webRequest) answerLogin() (any, *Error) {
	in := q.signin.pages[q.text("id")]
	user := q.userOfARN(q.text("person"))
	deny := answerOfPerson(q.text("decision")) == refused
	switch {
	case in == nil || in.answered || !q.now.Before(in.expires):
		return nil, refuse(400, "ValidationException", "The page has been answered, or has expired.")
	case user == nil && !deny:
		return nil, refuse(400, "ValidationException", "Nobody is called %q.", q.text("person"))
	}
	in.answered = true
	if deny {
		return in.to(url.Values{"error": {"access_denied"}}), nil
	}
	if q.denied(caller{arn: user.ARN()}, "signin:AuthorizeOAuth2Access") {
		return in.to(url.Values{"error": {"access_denied"}, "error_description": {"INSUFFICIENT_PERMISSIONS"}}), nil
	}
	in.user, in.expires = user, q.now.Add(authorizationLife)
	code := newToken(200)
	q.signin.codes[code] = in
	return in.to(url.Values{"code": {code}}), nil
}

func (in *consoleSignIn) to(answer url.Values) redirect {
	answer.Set("state", in.state)
	return redirect(in.redirectURI + "?" + answer.Encode())
}

// confirmationPage shows the code to type on the other device.
func (q *webRequest) confirmationPage() (any, *Error) {
	text := "state=" + q.text("state") + "&code=" + url.QueryEscape(q.text("code"))
	return webPage{Title: "Authorization code", Text: base64.StdEncoding.EncodeToString([]byte(text))}, nil
}

// ChangePassword ends the user's sign-ins.
func (u *User) ChangePassword() {
	u.account.state.mu.Lock()
	defer u.account.state.mu.Unlock()
	u.password++
}
