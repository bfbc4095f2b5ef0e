package awsfake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const signinTokenLife = 15 * time.Minute

// signinToken signs a browser in to the console, once.
type signinToken struct {
	session         *Session
	expires, signed time.Time // of the token; until when the console is signed in
}

func federationRoutes() map[string]route {
	both := route{"federation", "Federation", (*webRequest).federation}
	return map[string]route{"GET /federation": both, "POST /federation": both}
}

// federation is the console's sign-in endpoint: one path for several actions. An error is a
// page that describes it.
func (q *webRequest) federation() (any, *Error) {
	switch q.text("Action") {
	case "getSigninToken":
		return q.signinToken()
	case "login":
		if q.http.Method == http.MethodGet {
			return q.consoleLogin()
		}
	}
	return nil, badFederation("Invalid action")
}

func badFederation(message string) *Error { return refuse(400, "BadRequest", "%s", message) }

const badCredentials = "Invalid credentials parameter"

func (q *webRequest) signinToken() (any, *Error) {
	s, err := q.federatedSession(q.text("Session"))
	if err != nil {
		return nil, err
	}
	until := s.Expires
	if q.params.Has("SessionDuration") {
		seconds, bad := strconv.Atoi(q.text("SessionDuration"))
		chained := q.sessions[s.Parent] != nil
		switch {
		case bad != nil || seconds < 900 || seconds > 43200:
			return nil, badFederation("Invalid session duration")
		case s.Kind != RoleSession || chained: // it is only for roles that long-lived keys, or nobody, have asked for
			return nil, badFederation(badCredentials)
		}
		until = q.now.Add(time.Duration(seconds) * time.Second)
	}
	token := newToken(600)
	q.signinTokens[token] = &signinToken{session: s, expires: q.now.Add(signinTokenLife), signed: until}
	return map[string]string{"SigninToken": token}, nil
}

// federatedSession returns the session of the credentials in Session, if their kind may
// sign in to the console.
func (q *webRequest) federatedSession(text string) (*Session, *Error) {
	var in struct{ SessionID, SessionKey, SessionToken string }
	if json.Unmarshal([]byte(text), &in) != nil || in.SessionID == "" || in.SessionKey == "" {
		return nil, badFederation(badCredentials)
	}
	only := badFederation("Only federation tokens or assume role tokens may be used for federated login.")
	if q.keys[in.SessionID] != nil {
		return nil, only
	}
	s := q.sessions[in.SessionID]
	switch {
	case s == nil || s.secret != in.SessionKey || s.token != in.SessionToken || !q.now.Before(s.Expires):
		return nil, badFederation(badCredentials)
	case s.Kind != RoleSession && s.Kind != FederationSession:
		return nil, only
	}
	return s, nil
}

// consoleLogin signs the browser in. Instead of the console it shows who is signed in.
func (q *webRequest) consoleLogin() (any, *Error) {
	token := q.text("SigninToken")
	t := q.signinTokens[token]
	if t == nil || !q.now.Before(t.expires) {
		return nil, badFederation("Token expired, or invalid")
	}
	to, err := url.Parse(q.text("Destination"))
	if err != nil || to.Scheme != "https" || !consoleHost.MatchString(to.Host) {
		return nil, badFederation("Invalid destination")
	}
	delete(q.signinTokens, token)
	return webPage{
		Title: "AWS Management Console",
		Text:  fmt.Sprintf("%s until %s at %s", t.session.ARN, stamp(t.signed), strings.TrimPrefix(to.String(), "https://")),
	}, nil
}

var consoleHost = regexp.MustCompile(`(^|\.)(aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com|amazonaws-eusc\.eu)$`)
