package awsfake_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"awsvault/tests/awsfake"
)

const sameDevice = "arn:aws:signin:::devtools/same-device"

// loginClient is a client of `aws login`. A test can make a mistake in every part of it.
type loginClient struct {
	*world
	base string
	key  *ecdsa.PrivateKey
}

func newLoginClient(w *world, region string) *loginClient {
	return &loginClient{w, w.RegionURL(region), must[*ecdsa.PrivateKey](w.t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
}

type proofParts struct{ header, claims map[string]any }

func (c *loginClient) parts() proofParts {
	b64 := base64.RawURLEncoding.EncodeToString
	point := must[[]byte](c.t)(c.key.PublicKey.Bytes())
	return proofParts{
		map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": map[string]any{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}},
		map[string]any{"htm": "POST", "htu": c.base + "/v1/token", "iat": c.Clock.Now().Unix(), "jti": rand.Text()},
	}
}

func (c *loginClient) sign(p proofParts) string {
	b64 := base64.RawURLEncoding.EncodeToString
	text := b64(must[[]byte](c.t)(json.Marshal(p.header))) + "." + b64(must[[]byte](c.t)(json.Marshal(p.claims)))
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, c.key, sum[:])
	if err != nil {
		c.t.Fatal(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + b64(signature)
}

type loginTokens struct {
	AccessToken                      struct{ AccessKeyID, SecretAccessKey, SessionToken string }
	TokenType, RefreshToken, IDToken string
	ExpiresIn                        int
	Error, Message, refusal          string
}

func (c *loginClient) token(proof string, in map[string]string) loginTokens {
	c.t.Helper()
	r := must[*http.Request](c.t)(http.NewRequest("POST", c.base+"/v1/token", bytes.NewReader(must[[]byte](c.t)(json.Marshal(in)))))
	r.Header.Set("Content-Type", "application/json")
	if proof != "" {
		r.Header.Set("DPoP", proof)
	}
	response := must[*http.Response](c.t)(http.DefaultClient.Do(r))
	defer response.Body.Close()
	var out loginTokens
	if err := json.Unmarshal(must[[]byte](c.t)(io.ReadAll(response.Body)), &out); err != nil {
		c.t.Fatal(err)
	}
	if response.StatusCode != 200 {
		out.refusal = fmt.Sprint(response.StatusCode, " ", response.Header.Get("X-Amzn-Errortype"), " ", out.Error)
	}
	return out
}

func (c *loginClient) refresh(token string) loginTokens {
	c.t.Helper()
	return c.token(c.sign(c.parts()), map[string]string{"clientId": sameDevice, "grantType": "refresh_token", "refreshToken": token})
}

const loginVerifier = "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ"

func (c *loginClient) page(redirect string, change url.Values) string {
	sum := sha256.Sum256([]byte(loginVerifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {sameDevice}, "state": {"s1"}, "code_challenge_method": {"SHA-256"}, "scope": {"openid"},
		"redirect_uri": {redirect}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}
	for name, value := range change {
		q[name] = value
	}
	return c.base + "/v1/authorize?" + q.Encode()
}

const invalidRequest = "400 ValidationException INVALID_REQUEST"

func TestLogin(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	c := newLoginClient(w, "eu-west-1")
	redirect, got := callback(t)
	code := func() map[string]string {
		t.Helper()
		must[string](t)(awsfake.Visit(t.Context(), c.page(redirect, nil), w.jon.ARN(), true))
		back := <-got
		same(t, back.Get("state"), "s1")
		return map[string]string{"clientId": sameDevice, "grantType": "authorization_code", "code": back.Get("code"), "redirectUri": redirect, "codeVerifier": loginVerifier}
	}
	in := code()
	for name, value := range map[string]string{"codeVerifier": strings.Repeat("x", 43), "redirectUri": "http://127.0.0.1:1/oauth/callback", "code": "none", "clientId": "me", "grantType": "password"} {
		wrong := map[string]string{}
		for k, v := range in {
			wrong[k] = v
		}
		wrong[name] = value
		same(t, name+": "+c.token(c.sign(c.parts()), wrong).refusal, name+": "+invalidRequest)
	}
	same(t, c.token("", in).refusal, invalidRequest)
	tokens := c.token(c.sign(c.parts()), in)
	same(t, []any{tokens.refusal, tokens.TokenType, tokens.ExpiresIn}, []any{"", "aws_sigv4", 900})
	same(t, c.token(c.sign(c.parts()), in).refusal, "401 AccessDeniedException AUTHCODE_EXPIRED")
	claims := must[[]byte](t)(base64.RawURLEncoding.DecodeString(strings.Split(tokens.IDToken, ".")[1]))
	var id struct{ Sub string }
	if err := json.Unmarshal(claims, &id); err != nil {
		t.Fatal(err)
	}
	same(t, id.Sub, w.jon.ARN())

	have := creds{tokens.AccessToken.AccessKeyID, tokens.AccessToken.SecretAccessKey, tokens.AccessToken.SessionToken}
	same(t, w.whoami(have), w.jon.ARN())
	must[*iam.GetUserOutput](t)(w.iam(have).GetUser(t.Context(), nil))
	_, err := w.sts(have).GetSessionToken(t.Context(), nil)
	same(t, refused(t, err).Code, "AccessDenied")
	long := w.role(awsfake.Role{Name: "long", MaxSession: 2 * time.Hour})
	_, err = w.sts(have).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &long, RoleSessionName: aws.String("s1"), DurationSeconds: aws.Int32(7200)})
	same(t, refused(t, err).Code, "ValidationError") // a chain
	w.assume(have, long)

	late := code()
	w.Clock.Advance(5 * time.Minute)
	same(t, c.token(c.sign(c.parts()), late).refusal, "401 AccessDeniedException AUTHCODE_EXPIRED")
	w.Clock.Advance(10 * time.Minute)
	_, err = w.sts(have).GetCallerIdentity(t.Context(), nil)
	same(t, refused(t, err).Code, "ExpiredToken")

	next := c.refresh(tokens.RefreshToken)
	same(t, []any{next.refusal, next.IDToken, next.RefreshToken != tokens.RefreshToken}, []any{"", "", true})
	w.whoami(creds{next.AccessToken.AccessKeyID, next.AccessToken.SecretAccessKey, next.AccessToken.SessionToken})
	same(t, c.refresh(tokens.RefreshToken).refusal, invalidRequest) // rotated
	same(t, newLoginClient(w, "eu-west-1").refresh(next.RefreshToken).refusal, invalidRequest)
	elsewhere := newLoginClient(w, "us-east-1")
	elsewhere.key = c.key
	same(t, elsewhere.refresh(next.RefreshToken).refusal, invalidRequest)

	t.Run("proofs", func(t *testing.T) {
		for name, change := range map[string]func(proofParts){
			"another type":      func(p proofParts) { p.header["typ"] = "JWT" },
			"another algorithm": func(p proofParts) { p.header["alg"] = "none" },
			"no key":            func(p proofParts) { delete(p.header, "jwk") },
			"another method":    func(p proofParts) { p.claims["htm"] = "GET" },
			"another address":   func(p proofParts) { p.claims["htu"] = w.URL + "/v1/token" },
			"no id":             func(p proofParts) { delete(p.claims, "jti") },
			"another's key": func(p proofParts) {
				p.header["jwk"] = newLoginClient(w, "eu-west-1").parts().header["jwk"]
			},
		} {
			p := c.parts()
			change(p)
			same(t, name+": "+c.token(c.sign(p), map[string]string{"clientId": sameDevice, "grantType": "refresh_token", "refreshToken": next.RefreshToken}).refusal, name+": "+invalidRequest)
		}
		forged := strings.Split(c.sign(c.parts()), ".") // the right key, and a signature of something else
		forged[2] = strings.Split(c.sign(c.parts()), ".")[2]
		same(t, c.token(strings.Join(forged, "."), map[string]string{"clientId": sameDevice, "grantType": "refresh_token", "refreshToken": next.RefreshToken}).refusal, invalidRequest)
		p := c.parts()
		p.claims["iat"] = w.Clock.Now().Add(-time.Hour).Unix()
		same(t, c.token(c.sign(p), nil).refusal, "401 AccessDeniedException TOKEN_EXPIRED")
		once := c.sign(c.parts())
		in := map[string]string{"clientId": sameDevice, "grantType": "refresh_token", "refreshToken": next.RefreshToken}
		next = c.token(once, in)
		same(t, next.refusal, "")
		in["refreshToken"] = next.RefreshToken
		same(t, c.token(once, in).refusal, invalidRequest)
	})
	t.Run("not allowed", func(t *testing.T) {
		ann := w.Account(account).AddUser("ann")
		w.Deny(awsfake.Denial{Principal: ann.ARN(), Action: "signin:*"})
		must[string](t)(awsfake.Visit(t.Context(), c.page(redirect, nil), ann.ARN(), true))
		same(t, (<-got).Get("error"), "access_denied")
	})
	t.Run("denied", func(t *testing.T) {
		must[string](t)(awsfake.Visit(t.Context(), c.page(redirect, nil), "", false))
		same(t, (<-got).Get("error"), "access_denied")
	})
	t.Run("pages that are wrong", func(t *testing.T) {
		for _, change := range []url.Values{{"client_id": {"me"}}, {"redirect_uri": {"http://localhost:1/oauth/callback"}}} {
			if _, err := awsfake.Visit(t.Context(), c.page(redirect, change), "", true); err == nil {
				t.Errorf("%v: the browser went on", change)
			}
		}
		must[string](t)(awsfake.Visit(t.Context(), c.page(redirect, url.Values{"code_challenge_method": {"S256"}}), "", true))
		same(t, (<-got).Get("error"), "invalid_request")
	})
	t.Run("on another device", func(t *testing.T) {
		const client = "arn:aws:signin:::devtools/cross-device"
		uri := c.base + "/v1/sessions/confirmation"
		shown := must[string](t)(awsfake.Visit(t.Context(), c.page(uri, url.Values{"client_id": {client}}), w.jon.ARN(), true))
		text := regexp.MustCompile(`<p id="text">([^<]*)</p>`).FindStringSubmatch(strings.ReplaceAll(shown, "&#43;", "+"))
		back := must[url.Values](t)(url.ParseQuery(string(must[[]byte](t)(base64.StdEncoding.DecodeString(text[1])))))
		same(t, back.Get("state"), "s1")
		same(t, c.token(c.sign(c.parts()), map[string]string{
			"clientId": client, "grantType": "authorization_code", "code": back.Get("code"), "redirectUri": uri, "codeVerifier": loginVerifier,
		}).refusal, "")
	})
	t.Run("a changed password ends it, and so does time", func(t *testing.T) {
		w.jon.ChangePassword()
		same(t, c.refresh(next.RefreshToken).refusal, "403 AccessDeniedException USER_CREDENTIALS_CHANGED")
		fresh := c.token(c.sign(c.parts()), code())
		w.Clock.Advance(12 * time.Hour)
		same(t, c.refresh(fresh.RefreshToken).refusal, "401 AccessDeniedException TOKEN_EXPIRED")
	})
}

func TestRealSDKRefreshesLogin(t *testing.T) {
	w := newWorld(t, awsfake.Options{Clock: awsfake.NewClock()})
	login := w.jon.Login("eu-west-1")
	same(t, login.Session, w.jon.ARN())
	path := filepath.Join(t.TempDir(), login.FileName)
	retrieve := func(region string) (aws.Credentials, error) {
		base := w.RegionURL(region)
		client := signin.New(signin.Options{Region: region, BaseEndpoint: &base, Retryer: aws.NopRetryer{}})
		return logincreds.New(client, path).Retrieve(t.Context())
	}
	write := func(change map[string]any) {
		var file map[string]any
		if err := json.Unmarshal(login.File, &file); err != nil {
			t.Fatal(err)
		}
		for name, value := range change {
			file["accessToken"].(map[string]any)[name] = value
		}
		if err := os.WriteFile(path, must[[]byte](t)(json.Marshal(file)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(nil)
	got := must[aws.Credentials](t)(retrieve("us-east-1")) // good still: nobody is asked
	same(t, w.whoami(creds{got.AccessKeyID, got.SecretAccessKey, got.SessionToken}), w.jon.ARN())
	same(t, w.Count("CreateOAuth2Token"), 0)

	write(map[string]any{"expiresAt": "2020-01-01T00:00:00Z"})
	if _, err := retrieve("us-east-1"); err == nil {
		t.Error("it was refreshed in another region")
	}
	fresh := must[aws.Credentials](t)(retrieve("eu-west-1"))
	same(t, []any{fresh.AccessKeyID != got.AccessKeyID, fresh.AccountID}, []any{true, account})
	same(t, w.whoami(creds{fresh.AccessKeyID, fresh.SecretAccessKey, fresh.SessionToken}), w.jon.ARN())
	w.jon.ChangePassword()
	write(map[string]any{"expiresAt": "2020-01-01T00:00:00Z"})
	if _, err := retrieve("eu-west-1"); err == nil {
		t.Error("it was refreshed after the password has changed")
	}
}
