package awsfake

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"time"
)

const accessTokenLife = time.Hour

type tokenAnswer struct {
	AccessToken  string `json:"accessToken"`
	TokenType    string `json:"tokenType"`
	ExpiresIn    int    `json:"expiresIn"`
	RefreshToken string `json:"refreshToken,omitempty"`
}

func (q *webRequest) createToken() (any, *Error) {
	c, err := q.client()
	if err != nil {
		return nil, err
	}
	grant := q.text("grantType")
	exchange, ok := map[string]func(*oidcClient) (any, *Error){
		grantDevice: q.exchangeDeviceCode, grantCode: q.exchangeCode, grantRefresh: q.refreshTokens,
	}[grant]
	switch {
	case grant == "":
		return nil, oidcInvalid("grantType is required")
	case !ok:
		return nil, refuse(400, "UnsupportedGrantTypeException", "Grant type %s is not supported", grant)
	case !slices.Contains(c.grants, grant):
		return nil, refuse(400, "UnauthorizedClientException", "Client is not authorized to use this grant type")
	}
	return exchange(c)
}

func (q *webRequest) exchangeDeviceCode(c *oidcClient) (any, *Error) {
	if q.text("deviceCode") == "" {
		return nil, oidcInvalid("deviceCode is required")
	}
	in := q.sso.devices[q.text("deviceCode")]
	if in == nil || in.client != c || in.used {
		return nil, invalidGrant("Invalid device code provided")
	}
	early := q.now.Before(in.polled.Add(in.center.interval))
	in.polled = q.now
	switch {
	case !q.now.Before(in.expires):
		return nil, refuse(400, "ExpiredTokenException", "Device code has expired")
	case early:
		return nil, refuse(400, "SlowDownException", "Polling too frequently")
	case in.answer == noAnswer:
		return nil, refuse(400, "AuthorizationPendingException", "Authorization is still pending")
	case in.answer == refused:
		return nil, refuse(400, "AccessDeniedException", "User denied the request")
	}
	return q.startSession(in), nil
}

func (q *webRequest) exchangeCode(c *oidcClient) (any, *Error) {
	verifier := q.text("codeVerifier")
	if q.text("code") == "" || q.text("redirectUri") == "" || verifier == "" {
		return nil, oidcInvalid("code, redirectUri and codeVerifier are required")
	}
	in := q.sso.codes[q.text("code")]
	switch {
	case in == nil || in.client != c || in.used || !q.now.Before(in.expires):
		return nil, invalidGrant("Invalid authorization code provided")
	case in.redirectURI != q.text("redirectUri"): // with its port
		return nil, invalidGrant("Invalid redirect uri provided")
	case !verifies(verifier, in.challenge):
		return nil, invalidGrant("Invalid code verifier provided")
	}
	return q.startSession(in), nil
}

// verifies checks a PKCE verifier against its challenge (RFC 7636, 4.6).
func verifies(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`).MatchString(verifier) && base64.RawURLEncoding.EncodeToString(sum[:]) == challenge
}

// startSession starts a portal session and returns its first tokens.
func (q *webRequest) startSession(in *signIn) tokenAnswer {
	in.used = true
	s := &portalSession{person: in.person, ends: q.now.Add(in.center.life)}
	q.sso.sessions = append(q.sso.sessions, s)
	out := q.accessToken(in.client, s)
	if slices.Contains(in.client.scopes, ssoScope) && slices.Contains(in.client.grants, grantRefresh) {
		out.RefreshToken = q.newRefreshToken(in.client, s)
	}
	return out
}

func (q *webRequest) refreshTokens(c *oidcClient) (any, *Error) {
	value := q.text("refreshToken")
	if value == "" {
		return nil, oidcInvalid("refreshToken is required")
	}
	old := q.sso.refresh[value]
	if old != nil && !sameRegion(old.session.person.center.Region, q.region) {
		return nil, oidcInvalid("Invalid token provided")
	}
	if old == nil || old.client != c || !old.session.alive(q.now) {
		return nil, invalidGrant("Invalid refresh token provided")
	}
	out := q.accessToken(c, old.session)
	if !old.session.person.center.keep {
		delete(q.sso.refresh, value)
		out.RefreshToken = q.newRefreshToken(c, old.session)
	}
	return out, nil
}

// accessToken issues a token that lasts for one hour, or until the session ends if that is
// earlier. A client without scopes gets a token for the whole session, up to 8 hours.
func (q *webRequest) accessToken(c *oidcClient, s *portalSession) tokenAnswer {
	life := accessTokenLife
	if len(c.scopes) == 0 {
		life = 8 * time.Hour
	}
	life = min(life, s.ends.Sub(q.now))
	value := "aoaAAAAA" + newToken(400)
	q.sso.tokens[value] = &accessToken{session: s, portal: len(c.scopes) == 0 || slices.Contains(c.scopes, ssoScope), expires: q.now.Add(life)}
	return tokenAnswer{AccessToken: value, TokenType: "Bearer", ExpiresIn: int(life / time.Second)}
}

func (q *webRequest) newRefreshToken(c *oidcClient, s *portalSession) string {
	value := "aorAAAAA" + newToken(400)
	q.sso.refresh[value] = &refreshToken{session: s, client: c}
	return value
}

func invalidGrant(message string) *Error { return refuse(400, "InvalidGrantException", "%s", message) }
