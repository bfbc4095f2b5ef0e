package sso

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"awsvault/internal/awsapi"
)

const (
	clientName  = "vault"
	grantCode   = "authorization_code"
	grantRenew  = "refresh_token"
	grantDevice = "urn:ietf:params:oauth:grant-type:device_code"

	// loopback is registered without a port: any port is accepted (RFC 8252, 7.3).
	loopback     = "http://127.0.0.1/oauth/callback"
	callbackPath = "/oauth/callback"
	// patience is how long to wait for the page in the browser, as in the AWS CLI.
	patience = 10 * time.Minute
)

// signIn signs the person in, and stores the token. The caller holds the lock.
func (c *Client) signIn(ctx context.Context, s Session) (token, error) {
	t, err := c.attempt(ctx, s)
	if awsapi.Is(err, "invalid_client") {
		// The registration is unknown: forgotten, or made for another Identity Center.
		c.forgetRegistration(s)
		t, err = c.attempt(ctx, s)
	}
	if err != nil {
		return token{}, err
	}
	if err := c.write(s, t); err != nil {
		return token{}, err
	}
	c.newSignIn(s, t)
	return t, nil
}

func (c *Client) attempt(ctx context.Context, s Session) (token, error) {
	// Settings of the old form have no scopes, which a sign-in with a page needs.
	if c.Person.DeviceCode || len(s.Scopes) == 0 {
		return c.byDevice(ctx, s)
	}
	return c.byCode(ctx, s)
}

func (c *Client) forgetRegistration(s Session) {
	_ = os.Remove(c.path(registrationKey(s))) // if this fails, AWS refuses the registration again
}

// register registers this program, unless it is registered already.
func (c *Client) register(ctx context.Context, s Session, code bool) (registration, error) {
	if r, ok := c.readRegistration(s, code); ok {
		return r, nil
	}
	in := map[string]any{"clientName": clientName, "clientType": "public"}
	if len(s.Scopes) > 0 {
		in["scopes"] = s.Scopes
	}
	var grants []string
	if code {
		grants = []string{grantCode, grantRenew}
		in["grantTypes"], in["redirectUris"], in["issuerUrl"] = grants, []string{loopback}, s.StartURL
	}
	var out struct {
		ClientID              string `json:"clientId"`
		ClientSecret          string `json:"clientSecret"`
		ClientSecretExpiresAt int64  `json:"clientSecretExpiresAt"` // seconds
	}
	if err := c.oidc(ctx, s, "RegisterClient", "/client/register", in, &out); err != nil {
		return registration{}, advise(err, s)
	}
	if !awsapi.Token(out.ClientID) || !awsapi.Token(out.ClientSecret) {
		return registration{}, errors.New("RegisterClient: the answer has no client in it")
	}
	r := registration{out.ClientID, out.ClientSecret, time.Unix(out.ClientSecretExpiresAt, 0).UTC()}
	return r, c.writeRegistration(s, r, grants)
}

// advise adds a hint about the usual cause of a refusal.
func advise(err error, s Session) error {
	if e := (*awsapi.Error)(nil); errors.As(err, &e) {
		switch e.Code {
		case "invalid_request", "InvalidRequestException":
			e.Advice = fmt.Sprintf("check the start URL (%s) and the region (%s) of your Identity Center", s.StartURL, s.Region)
		case "access_denied":
			e.Advice = "the sign-in was denied in the browser"
		case "expired_token":
			e.Advice = "the sign-in took too long; try again"
		case "unauthorized_client", "invalid_scope":
			e.Advice = "this Identity Center may not allow this kind of sign-in; try with or without --use-device-code"
		}
	}
	return err
}

func (c *Client) createToken(ctx context.Context, s Session, r registration, in map[string]any) (token, error) {
	in["clientId"], in["clientSecret"] = r.id, r.secret
	var out struct {
		AccessToken  string `json:"accessToken"`
		RefreshToken string `json:"refreshToken"`
		ExpiresIn    int64  `json:"expiresIn"` // seconds
	}
	if err := c.oidc(ctx, s, "CreateToken", "/token", in, &out); err != nil {
		return token{}, err
	}
	if !awsapi.Token(out.AccessToken) || out.RefreshToken != "" && !awsapi.Token(out.RefreshToken) || out.ExpiresIn <= 0 || out.ExpiresIn > 90*24*3600 {
		return token{}, errors.New("CreateToken: the answer has no token in it")
	}
	return token{
		access: out.AccessToken, refresh: out.RefreshToken, expires: c.Now().Add(time.Duration(out.ExpiresIn) * time.Second).UTC(),
		clientID: r.id, clientSecret: r.secret, registrationExpires: r.expires,
	}, nil
}

// renew exchanges the refresh token for a new token. AWS may return a new refresh token with
// it, so renew first checks that it could store that.
func (c *Client) renew(ctx context.Context, s Session, t token) (token, error) {
	if err := c.Files.Writable(c.path(s.key())); err != nil {
		return token{}, err
	}
	fresh, err := c.createToken(ctx, s, registration{t.clientID, t.clientSecret, t.registrationExpires}, map[string]any{
		"grantType": grantRenew, "refreshToken": t.refresh,
	})
	if err != nil {
		return token{}, err
	}
	fresh.fields = maps.Clone(t.fields)
	fresh.fields.KeepSignInID(t.fields)
	if fresh.refresh == "" {
		fresh.refresh = t.refresh
	}
	if err := c.write(s, fresh); err != nil {
		return fresh, err
	}
	c.sameWhose(s, t, fresh)
	return fresh, nil
}

// byDevice shows a code, and waits until the person confirms it in any browser (RFC 8628).
func (c *Client) byDevice(ctx context.Context, s Session) (token, error) {
	r, err := c.register(ctx, s, false)
	if err != nil {
		return token{}, err
	}
	var out struct {
		DeviceCode, UserCode, VerificationURI, VerificationURIComplete string
		ExpiresIn, Interval                                            int64 // seconds
	}
	err = c.oidc(ctx, s, "StartDeviceAuthorization", "/device_authorization", map[string]any{"clientId": r.id, "clientSecret": r.secret, "startUrl": s.StartURL}, &out)
	if err != nil {
		return token{}, advise(err, s)
	}
	page := out.VerificationURIComplete
	if page == "" {
		page = out.VerificationURI
	}
	if !webPage(page, s.OIDC) || !awsapi.Token(out.DeviceCode) {
		return token{}, errors.New("StartDeviceAuthorization: the answer has no page in it")
	}
	c.Person.Show(s.Title(), page, plain(out.UserCode, 40))
	defer c.open(page)()
	limit := time.Duration(min(max(out.ExpiresIn, 60), 3600)) * time.Second
	defer c.waiting(limit)()
	interval := time.Duration(min(max(out.Interval, 1), 60)) * time.Second
	// The remaining time is counted in waits, because the clock jumps when a laptop sleeps.
	// AWS returns expired_token in any case.
	for left := limit; left > 0; left -= interval {
		if err := c.API.Wait(ctx, interval); err != nil {
			return token{}, err
		}
		t, err := c.createToken(ctx, s, r, map[string]any{"grantType": grantDevice, "deviceCode": out.DeviceCode})
		switch {
		case awsapi.Is(err, "authorization_pending"):
		case awsapi.Is(err, "slow_down"):
			interval += 5 * time.Second
		default:
			return t, advise(err, s)
		}
	}
	return token{}, errors.New("the code was not confirmed in time")
}

// open opens a page, and returns a function to call at the end of the sign-in.
func (c *Client) open(page string) (done func()) {
	if c.Person.Open != nil {
		if done := c.Person.Open(page); done != nil {
			return done
		}
	}
	return func() {}
}

// waiting tells the person how long vault waits for the browser.
func (c *Client) waiting(limit time.Duration) (done func()) {
	if c.Person.Waiting == nil {
		return func() {}
	}
	return c.Person.Waiting("the browser", c.Now().Add(limit))
}

// webPage reports whether an address is safe to show and open. With other schemes, the program
// that opens addresses could do other things. A page without encryption is accepted only from
// a service without encryption, such as a server that imitates AWS. A user name before the
// host (https://aws.example@evil.example) would hide the host from the reader.
func webPage(address, service string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || !awsapi.Token(address) || len(address) >= 4096 {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && strings.HasPrefix(service, "http://")
}

// byCode opens a page that returns to this machine with a code: RFC 6749, 4.1, with PKCE (RFC
// 7636), on a loopback address (RFC 8252, 7.3).
func (c *Client) byCode(ctx context.Context, s Session) (token, error) {
	r, err := c.register(ctx, s, true)
	if err != nil {
		return token{}, err
	}
	state, err := c.random(32)
	if err != nil {
		return token{}, err
	}
	verifier, err := c.random(48) // 64 characters
	if err != nil {
		return token{}, err
	}
	back, err := listen(state, c.Person.Anybody)
	if err != nil {
		return token{}, err
	}
	defer back.close()
	sum := sha256.Sum256([]byte(verifier))
	page := strings.TrimSuffix(s.OIDC, "/") + "/authorize?" + query(
		"response_type", "code", "client_id", r.id, "redirect_uri", back.url, "state", state,
		"code_challenge_method", "S256", "scopes", strings.Join(s.Scopes, " "),
		"code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]),
	)
	c.Person.Show(s.Title(), page, "")
	defer c.open(page)()
	done := c.waiting(patience)
	code, err := back.wait(ctx, patience)
	done()
	if err != nil {
		// If AWS has forgotten the registration, its page says so and does not return. The
		// next sign-in must register again.
		c.forgetRegistration(s)
		return token{}, err
	}
	t, err := c.createToken(ctx, s, r, map[string]any{
		"grantType": grantCode, "code": code, "redirectUri": back.url, "codeVerifier": verifier,
	})
	return t, advise(err, s)
}

// query writes a query in the given order, with %20 for spaces as the AWS CLI does.
func query(pairs ...string) string {
	var parts []string
	for pair := range slices.Chunk(pairs, 2) {
		parts = append(parts, pair[0]+"="+strings.ReplaceAll(url.QueryEscape(pair[1]), "+", "%20"))
	}
	return strings.Join(parts, "&")
}

// random returns n random bytes in base64url, whose characters PKCE allows.
func (c *Client) random(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(c.Rand, b); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}
