package awsfake

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"time"
)

func (q *webRequest) createOAuth2Token() (any, *Error) {
	thumbprint, err := q.proof()
	if err != nil {
		return nil, err
	}
	if client := q.text("clientId"); client != sameDevice && client != crossDevice {
		return nil, signinInvalid("Invalid client")
	}
	switch q.text("grantType") {
	case grantCode:
		return q.exchangeLoginCode(thumbprint)
	case grantRefresh:
		return q.refreshLogin(thumbprint)
	}
	return nil, signinInvalid("Invalid grant type")
}

func (q *webRequest) exchangeLoginCode(thumbprint string) (any, *Error) {
	in := q.signin.codes[q.text("code")]
	switch {
	case in == nil || in.client != q.text("clientId") || in.redirectURI != q.text("redirectUri") || !sameRegion(in.region, q.region) || !verifies(q.text("codeVerifier"), in.challenge):
		return nil, signinInvalid("Invalid grant")
	case in.used || !q.now.Before(in.expires):
		return nil, signinDenied(401, "AUTHCODE_EXPIRED", "The authorization code has expired")
	}
	in.used = true
	l := &login{user: in.user, client: in.client, region: in.region, thumbprint: thumbprint, ends: q.now.Add(loginLife), password: in.user.password}
	out, err := q.loginTokens(l)
	if err == nil {
		out.IDToken = q.idToken(l, q.now)
	}
	return out, err
}

func (q *webRequest) refreshLogin(thumbprint string) (any, *Error) {
	l := q.signin.logins[q.text("refreshToken")]
	switch {
	case l == nil || l.client != q.text("clientId") || l.thumbprint != thumbprint || !sameRegion(l.region, q.region):
		return nil, signinInvalid("Invalid grant")
	case l.password != l.user.password:
		return nil, signinDenied(403, "USER_CREDENTIALS_CHANGED", "The password has changed")
	case !q.now.Before(l.ends):
		return nil, signinDenied(401, "TOKEN_EXPIRED", "The session has expired")
	}
	out, err := q.loginTokens(l)
	if err == nil {
		delete(q.signin.logins, q.text("refreshToken"))
	}
	return out, err
}

type loginAnswer struct {
	AccessToken  loginAccess `json:"accessToken"`
	TokenType    string      `json:"tokenType"`
	ExpiresIn    int         `json:"expiresIn"`
	RefreshToken string      `json:"refreshToken"`
	IDToken      string      `json:"idToken,omitempty"`
}

type loginAccess struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
}

// loginTokens returns credentials of the user for 15 minutes, and the next refresh token.
func (q *webRequest) loginTokens(l *login) (*loginAnswer, *Error) {
	if q.denied(caller{arn: l.user.ARN()}, "signin:CreateOAuth2Token") {
		return nil, signinDenied(403, "INSUFFICIENT_PERMISSIONS", "The user may not create tokens")
	}
	s := q.grant(Session{Kind: LoginSession, ARN: l.user.ARN(), UserID: l.user.ID, Account: l.user.account.ID, user: l.user}, q.now.Add(loginCredentialsLife), q.tokenSize)
	refresh := newToken(800)
	q.signin.logins[refresh] = l
	return &loginAnswer{
		AccessToken: loginAccess{s.AccessKeyID, s.secret, s.token}, TokenType: "aws_sigv4",
		ExpiresIn: int(loginCredentialsLife / time.Second), RefreshToken: refresh,
	}, nil
}

func (st *state) idToken(l *login, now time.Time) string {
	return st.signin.key.sign(map[string]any{
		"sub": l.user.ARN(), "aud": l.client, "iss": "https://signin.aws.amazon.com/signin", "session_arn": l.user.ARN(),
		"iat": now.Unix(), "exp": now.Add(loginCredentialsLife).Unix(),
	})
}

// Login contains what `aws login` writes to disk.
type Login struct {
	Session  string // login_session in the profile
	FileName string // in ~/.aws/login/cache
	File     []byte // in the CLI's format
}

// Login signs the user in to a region, without a browser, as `aws login` would. An empty region
// stands for none.
func (u *User) Login(region string) Login {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(fmt.Sprintf("awsfake: key of a login: %v", err))
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		panic(fmt.Sprintf("awsfake: key of a login: %v", err))
	}
	st := u.account.state
	st.mu.Lock()
	defer st.mu.Unlock()
	q := &webRequest{state: st, now: st.clock.Now()}
	k := publicKey(key.Public())
	l := &login{
		user: u, client: sameDevice, region: region, ends: q.now.Add(loginLife), password: u.password,
		thumbprint: fmt.Sprintf("%064x%064x", number64(k.X), number64(k.Y)),
	}
	got, refusal := q.loginTokens(l)
	if refusal != nil {
		panic("awsfake: login: " + refusal.Message)
	}
	file, err := json.Marshal(map[string]any{
		"accessToken": map[string]string{
			"accessKeyId": got.AccessToken.AccessKeyID, "secretAccessKey": got.AccessToken.SecretAccessKey, "sessionToken": got.AccessToken.SessionToken,
			"accountId": u.account.ID, "expiresAt": stamp(q.now.Add(loginCredentialsLife)),
		},
		"tokenType": got.TokenType, "clientId": sameDevice, "refreshToken": got.RefreshToken, "idToken": st.idToken(l, q.now),
		"dpopKey": string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		panic(fmt.Sprintf("awsfake: login: %v", err))
	}
	return Login{Session: u.ARN(), FileName: fmt.Sprintf("%x.json", sha256.Sum256([]byte(u.ARN()))), File: file}
}
