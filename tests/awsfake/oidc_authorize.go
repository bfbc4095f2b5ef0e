package awsfake

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	authorizePageLife = 10 * time.Minute
	authorizationLife = 5 * time.Minute // of a code
)

// authorizePage is the page to which a client sends the browser. The page itself shows errors
// about the client. Other errors go back to the client.
func (q *webRequest) authorizePage() (any, *Error) {
	c := q.sso.clients[q.text("client_id")]
	uri := q.text("redirect_uri")
	switch {
	case c == nil || !q.now.Before(c.expires) || !sameRegion(c.region, q.region):
		return nil, refuse(400, "InvalidClientException", "invalid_client")
	case !c.registered(uri):
		return nil, refuse(400, "InvalidRedirectUriException", "invalid_redirect_uri")
	}
	in := &signIn{
		center: q.center(c.startURL), client: c, expires: q.now.Add(authorizePageLife),
		redirectURI: uri, state: q.text("state"), challenge: q.text("code_challenge"),
	}
	for _, scope := range strings.Fields(q.text("scopes")) {
		if !slices.Contains(c.scopes, scope) {
			return in.back("invalid_scope", "Scope was not registered"), nil
		}
	}
	switch {
	case in.center == nil || !sameRegion(in.center.Region, q.region):
		return in.back("invalid_request", "Invalid issuer url provided"), nil
	case q.text("response_type") != "code":
		return in.back("unsupported_response_type", "Response type is not supported"), nil
	case !slices.Contains(c.grants, grantCode):
		return in.back("unauthorized_client", "Client is not authorized to use this grant type"), nil
	case q.text("code_challenge_method") != "S256" || len(in.challenge) != 43:
		return in.back("invalid_request", "Invalid code challenge"), nil
	}
	id := newID("")
	q.sso.signIns[id] = in
	if in.center.unattended != nil {
		in.answer, in.person = allowed, in.center.unattended
		return q.code(in), nil
	}
	return webPage{
		Title: "Allow access", Text: fmt.Sprintf("Allow %s to access your data?", c.name),
		Action: "/authorize", Hidden: map[string]string{"id": id}, People: in.center.names(),
	}, nil
}

func (q *webRequest) answerAuthorize() (any, *Error) {
	in, err := q.waiting(q.text("id"))
	if err != nil {
		return nil, err
	}
	if err := in.decide(q.text("decision"), q.text("person")); err != nil {
		return nil, err
	}
	if in.answer == refused {
		return in.back("access_denied", "User denied the request"), nil
	}
	return q.code(in), nil
}

// code redirects the browser to the client, with an authorization code.
func (q *webRequest) code(in *signIn) redirect {
	code := newToken(160)
	in.expires = q.now.Add(authorizationLife)
	q.sso.codes[code] = in
	return in.to(url.Values{"code": {code}})
}

func (in *signIn) back(code, description string) redirect {
	return in.to(url.Values{"error": {code}, "error_description": {description}})
}

func (in *signIn) to(answer url.Values) redirect {
	answer.Set("state", in.state)
	return redirect(in.redirectURI + "?" + answer.Encode())
}
