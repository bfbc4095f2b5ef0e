package awsfake

import (
	"net/url"
	"regexp"
	"slices"
	"time"
)

const (
	registrationLife = 90 * 24 * time.Hour

	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
)

func oidcRoutes() map[string]route {
	return map[string]route{
		"POST /client/register":      {"sso-oidc", "RegisterClient", (*webRequest).registerClient},
		"POST /device_authorization": {"sso-oidc", "StartDeviceAuthorization", (*webRequest).startDeviceAuthorization},
		"POST /token":                {"sso-oidc", "CreateToken", (*webRequest).createToken},
		"GET /authorize":             {"sso-oidc-page", "Authorize", (*webRequest).authorizePage},
		"POST /authorize":            {"sso-oidc-page", "AnswerAuthorize", (*webRequest).answerAuthorize},
		"GET /device":                {"sso-oidc-page", "DevicePage", (*webRequest).devicePage},
		"POST /device":               {"sso-oidc-page", "AnswerDevice", (*webRequest).answerDevice},
	}
}

// oidcClient is a registered client of sso-oidc.
type oidcClient struct {
	id, secret, name     string
	issued, expires      time.Time
	scopes, grants, uris []string
	startURL, region     string
}

func (q *webRequest) registerClient() (any, *Error) {
	if q.text("clientName") == "" || q.text("clientType") == "" {
		return nil, oidcInvalid("clientName and clientType are required")
	}
	if q.text("clientType") != "public" {
		return nil, refuse(400, "InvalidClientMetadataException", "Client type %s is not supported", q.text("clientType"))
	}
	for _, scope := range q.params["scopes"] {
		if !regexp.MustCompile(`^[\w-]+:[\w-]+(:[\w*-]+)?$`).MatchString(scope) {
			return nil, refuse(400, "InvalidScopeException", "Invalid scope %s", scope)
		}
	}
	grants := q.params["grantTypes"]
	for _, grant := range grants {
		if !slices.Contains([]string{grantDevice, grantCode, grantRefresh}, grant) {
			return nil, refuse(400, "UnsupportedGrantTypeException", "Grant type %s is not supported", grant)
		}
	}
	if grants == nil { // as clients do that only know device codes
		grants = []string{grantDevice, grantRefresh}
	}
	for _, uri := range q.params["redirectUris"] {
		if !validRedirect(uri) {
			return nil, refuse(400, "InvalidRedirectUriException", "Invalid redirect URI %s", uri)
		}
	}
	if slices.Contains(grants, grantCode) && (len(q.params["redirectUris"]) == 0 || q.text("issuerUrl") == "") {
		return nil, oidcInvalid("redirectUris and issuerUrl are required for grant type authorization_code")
	}
	c := &oidcClient{
		id: newToken(24), secret: newToken(200), name: q.text("clientName"), issued: q.now, expires: q.now.Add(registrationLife),
		scopes: q.params["scopes"], grants: grants, uris: q.params["redirectUris"], startURL: q.text("issuerUrl"), region: q.region,
	}
	q.sso.clients[c.id] = c
	return struct {
		ClientID        string `json:"clientId"`
		ClientSecret    string `json:"clientSecret"`
		ClientIDIssued  int64  `json:"clientIdIssuedAt"` // seconds, both
		SecretExpiresAt int64  `json:"clientSecretExpiresAt"`
	}{c.id, c.secret, c.issued.Unix(), c.expires.Unix()}, nil
}

// ExpireRegistrations ends every client's registration now.
func (s *Server) ExpireRegistrations() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.sso.clients {
		c.expires = s.clock.Now()
	}
}

// client returns the registered client that clientId and clientSecret name.
func (q *webRequest) client() (*oidcClient, *Error) {
	if q.text("clientId") == "" || q.text("clientSecret") == "" {
		return nil, oidcInvalid("clientId and clientSecret are required")
	}
	c := q.sso.clients[q.text("clientId")]
	switch {
	case c == nil || c.secret != q.text("clientSecret") || !sameRegion(c.region, q.region):
		return nil, refuse(401, "InvalidClientException", "Invalid client provided")
	case !q.now.Before(c.expires):
		return nil, refuse(401, "InvalidClientException", "Client registration has expired")
	}
	return c, nil
}

// validRedirect accepts https, and plain http to the loopback address.
func validRedirect(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Fragment != "" || u.Host == "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && u.Hostname() == "127.0.0.1"
}

// registered reports whether the client registered a redirect URI. Any port of the loopback
// address matches (RFC 8252, 7.3).
func (c *oidcClient) registered(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(c.uris, func(r string) bool {
		want, err := url.Parse(r)
		if err != nil {
			return false
		}
		if want.Hostname() == "127.0.0.1" && u.Hostname() == "127.0.0.1" {
			want.Host = u.Host
		}
		return want.String() == u.String()
	})
}

func oidcInvalid(format string, args ...any) *Error {
	return refuse(400, "InvalidRequestException", format, args...)
}
