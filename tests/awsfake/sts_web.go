package awsfake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// oidcProvider is an IAM OIDC provider: an account's trust in an issuer, for some audiences.
type oidcProvider struct {
	arn, issuer string
	audiences   []string
	rejects     bool
}

// AddOIDCProvider makes an account trust an issuer, for tokens with one of these audiences. It
// returns the ARN for Trust.Federated.
func (a *Account) AddOIDCProvider(issuer string, audiences ...string) string {
	a.state.mu.Lock()
	defer a.state.mu.Unlock()
	_, host, _ := strings.Cut(issuer, "://")
	arn := a.state.arn("iam", a.ID, "oidc-provider/"+host)
	a.state.providers[arn] = &oidcProvider{arn: arn, issuer: issuer, audiences: audiences}
	return arn
}

// RejectClaims makes a provider reject its own tokens when STS asks: IDPRejectedClaim.
func (s *Server) RejectClaims(provider string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.providers[provider].rejects = on
}

type webClaims struct {
	Iss, Sub      string
	Aud           stringOrList
	Exp, Iat, Nbf int64
}

func invalidIdentity(format string, args ...any) *Error {
	return refuse(400, "InvalidIdentityToken", format, args...)
}

func (q *request) assumeRoleWithWebIdentity() (any, *Error) {
	arn := q.params.text("RoleArn")
	if !validARN(arn) {
		return nil, refuse(400, "ValidationError", "%s is invalid", arn)
	}
	policies, packed, err := q.sessionPolicies(strings.Split(arn, ":")[4], nil)
	if err != nil {
		return nil, err
	}
	if q.params.has("ProviderId") {
		return nil, refuse(400, "ValidationError", "ProviderId is only for OAuth 2.0 access tokens")
	}
	provider, claims, err := q.webIdentity(strings.Split(arn, ":")[4])
	if err != nil {
		return nil, err
	}
	audience := claims.Aud[slices.IndexFunc(claims.Aud, func(a string) bool { return slices.Contains(provider.audiences, a) })]
	r := q.roles[arn]
	if r == nil || !r.admitsWeb(provider.arn, claims.Sub, audience) {
		return nil, accessDenied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
	life, err := q.roleDuration(r)
	if err != nil {
		return nil, err
	}
	s := q.roleSession(r, q.params.text("RoleSessionName"))
	s.Policies = policies
	return struct {
		issued
		SubjectFromWebIdentityToken string
		AssumedRoleUser             assumedRoleUser
		PackedPolicySize            int `xml:",omitempty"`
		Provider, Audience          string
	}{q.issue(s, life), claims.Sub, assumedRoleUser{s.UserID, s.ARN}, packed, provider.arn, audience}, nil
}

// webIdentity verifies a token from one of the account's providers, or returns the error.
func (q *request) webIdentity(account string) (*oidcProvider, *webClaims, *Error) {
	t, bad := parseJWT(q.params.text("WebIdentityToken"))
	var claims webClaims
	if bad != nil || json.Unmarshal(t.claims, &claims) != nil {
		return nil, nil, invalidIdentity("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	}
	if claims.Iss == "" || claims.Sub == "" || len(claims.Aud) == 0 || claims.Exp == 0 || claims.Iat == 0 {
		return nil, nil, invalidIdentity("Missing a required claim: one of iss, sub, aud, exp, iat")
	}
	if now := q.now.Unix(); now >= claims.Exp {
		return nil, nil, refuse(400, "ExpiredTokenException", "Token expired: current date/time %d must be before the expiration date/time %d", now, claims.Exp)
	} else if slack := int64(5 * time.Minute / time.Second); max(claims.Iat, claims.Nbf) > now+slack {
		return nil, nil, invalidIdentity("The ID Token provided is not yet valid")
	}
	_, host, _ := strings.Cut(claims.Iss, "://")
	provider := q.providers[q.arn("iam", account, "oidc-provider/"+host)]
	if provider == nil || provider.issuer != claims.Iss {
		return nil, nil, invalidIdentity("No OpenIDConnect provider found in your account for %s", claims.Iss)
	}
	if provider.rejects {
		return nil, nil, refuse(403, "IDPRejectedClaim", "The identity provider reported that the claim is not valid")
	}
	if !slices.ContainsFunc(claims.Aud, func(a string) bool { return slices.Contains(provider.audiences, a) }) {
		return nil, nil, invalidIdentity("Incorrect token audience")
	}
	keys, err := q.fetchKeys(claims.Iss)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(keys, func(k jwk) bool { return k.Kid == t.Header.Kid })
	if i < 0 {
		return nil, nil, invalidIdentity("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements")
	}
	if !t.verify(keys[i]) {
		return nil, nil, invalidIdentity("The ID Token provided has an invalid signature")
	}
	return provider, &claims, nil
}

// fetchKeys gets an issuer's keys. It unlocks the state meanwhile, because the issuer may be
// this server.
func (q *request) fetchKeys(issuer string) ([]jwk, *Error) {
	q.mu.Unlock()
	defer q.mu.Lock()
	var configuration struct {
		Issuer string
		Keys   string `json:"jwks_uri"`
	}
	var set jwks
	err := fetchJSON(issuer+"/.well-known/openid-configuration", &configuration)
	if err == nil && configuration.Issuer != issuer {
		err = fmt.Errorf("issuer is %q", configuration.Issuer)
	}
	if err == nil {
		err = fetchJSON(configuration.Keys, &set)
	}
	if err != nil {
		return nil, refuse(400, "IDPCommunicationError", "Error communicating with the identity provider %s", issuer)
	}
	return set.Keys, nil
}

func fetchJSON(address string, v any) error {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(address)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != 200 {
		return fmt.Errorf("%s: %s", address, response.Status)
	}
	return json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(v)
}

// admitsWeb reports whether a token meets the trust's conditions on
// sts:AssumeRoleWithWebIdentity.
func (r *role) admitsWeb(provider, subject, audience string) bool {
	t := r.Trust
	return t.Federated == provider && (t.Audience == "" || t.Audience == audience) && (t.Subject == "" || like(t.Subject, subject))
}

// like is a policy's StringLike: * matches any text, ? any character.
func like(pattern, text string) bool {
	expression := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile(`^(?s:` + expression + `)$`).MatchString(text)
}
