package awsfake

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"
)

// Issuer is an OpenID Connect provider that the fake hosts, like that of a CI system or a
// Kubernetes cluster. It publishes its configuration and its keys, and issues tokens for
// tests. STS fetches the keys over HTTP, as from any other issuer.
type Issuer struct {
	URL string

	name  string
	clock *Clock
	mu    sync.Mutex
	keys  []issuerKey // the last one signs
	gone  bool
}

type issuerKey struct {
	id     string
	signer crypto.Signer
}

// Claims are the claims of a token. They can replace the claims that Issuer.Token sets. The
// value nil removes a claim.
type Claims map[string]any

// issuers has its own lock, because the fake uses issuers while the state is locked.
type issuers struct {
	mu     sync.Mutex
	byName map[string]*Issuer
}

// AddIssuer hosts an issuer. It signs with ES256, or with RS256 if rsaKey is set. The server
// must listen already.
func (s *Server) AddIssuer(name string, rsaKey bool) *Issuer {
	i := &Issuer{URL: s.URL + "/issuer/" + name, name: name, clock: s.Clock}
	i.Rotate(rsaKey)
	s.issuers.mu.Lock()
	defer s.issuers.mu.Unlock()
	if s.issuers.byName == nil {
		s.issuers.byName = map[string]*Issuer{}
	}
	s.issuers.byName[name] = i
	return i
}

// Rotate signs with a new key from now on. Tokens of the old keys stay valid until Forget.
func (i *Issuer) Rotate(rsaKey bool) {
	var signer crypto.Signer
	var err error
	if rsaKey {
		signer, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		panic(fmt.Sprintf("awsfake: issuer's key: %v", err))
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = append(i.keys, issuerKey{newID("k"), signer})
}

// Forget stops publishing all keys but the last.
func (i *Issuer) Forget() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = i.keys[len(i.keys)-1:]
}

// SetDown makes the issuer answer 503, or ends that.
func (i *Issuer) SetDown(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.gone = down
}

// Token issues a token for a subject and an audience. It is valid for ten minutes. The claims
// in more replace the token's own.
func (i *Issuer) Token(subject, audience string, more Claims) string {
	now := i.clock.Now()
	claims := Claims{"iss": i.URL, "sub": subject, "aud": audience, "iat": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(), "jti": newID("")}
	for name, value := range more {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[len(i.keys)-1].sign(claims)
}

func (k issuerKey) sign(claims any) string {
	header := map[string]string{"typ": "JWT", "alg": k.algorithm(), "kid": k.id}
	text := segment(header) + "." + segment(claims)
	sum := sha256.Sum256([]byte(text))
	var signature []byte
	var err error
	switch key := k.signer.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	case *ecdsa.PrivateKey:
		signature = make([]byte, 64)
		r, s, bad := ecdsa.Sign(rand.Reader, key, sum[:])
		if err = bad; err == nil {
			r.FillBytes(signature[:32])
			s.FillBytes(signature[32:])
		}
	}
	if err != nil {
		panic(fmt.Sprintf("awsfake: sign a token: %v", err))
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func (k issuerKey) algorithm() string {
	if _, ok := k.signer.(*rsa.PrivateKey); ok {
		return "RS256"
	}
	return "ES256"
}

func segment(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("awsfake: token of %v: %v", v, err))
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func issuerRoutes() map[string]route {
	return map[string]route{
		"GET /issuer/{name}/.well-known/openid-configuration": {"issuer", "GetConfiguration", (*webRequest).issuerConfiguration},
		"GET /issuer/{name}/keys":                             {"issuer", "GetKeys", (*webRequest).issuerKeys},
	}
}

// issuer returns the issuer that the path names.
func (q *webRequest) issuer() (*Issuer, *Error) {
	name, _, _ := strings.Cut(strings.TrimPrefix(q.path, "/issuer/"), "/")
	q.server.issuers.mu.Lock()
	defer q.server.issuers.mu.Unlock()
	i := q.server.issuers.byName[name]
	if i == nil {
		return nil, refuse(404, "NotFound", "no issuer %s", name)
	}
	if i.down() {
		return nil, refuse(503, "Unavailable", "the issuer is down")
	}
	return i, nil
}

func (i *Issuer) down() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.gone
}

func (q *webRequest) issuerConfiguration() (any, *Error) {
	i, err := q.issuer()
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"issuer": i.URL, "jwks_uri": i.URL + "/keys", "response_types_supported": []string{"id_token"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256", "ES256"},
	}, nil
}

// jwk is a public key (RFC 7517).
type jwk struct {
	Kty string `json:"kty"`
	Kid string `json:"kid,omitempty"`
	Alg string `json:"alg,omitempty"`
	Use string `json:"use,omitempty"`
	N   string `json:"n,omitempty"`
	E   string `json:"e,omitempty"`
	Crv string `json:"crv,omitempty"`
	X   string `json:"x,omitempty"`
	Y   string `json:"y,omitempty"`
}

type jwks struct {
	Keys []jwk `json:"keys"`
}

func (q *webRequest) issuerKeys() (any, *Error) {
	i, err := q.issuer()
	if err != nil {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	var set jwks
	for _, k := range i.keys {
		published := publicKey(k.signer.Public())
		published.Kid, published.Alg, published.Use = k.id, k.algorithm(), "sig"
		set.Keys = append(set.Keys, published)
	}
	return set, nil
}

func publicKey(key crypto.PublicKey) jwk {
	b64 := base64.RawURLEncoding.EncodeToString
	switch key := key.(type) {
	case *rsa.PublicKey:
		return jwk{Kty: "RSA", N: b64(key.N.Bytes()), E: b64(big.NewInt(int64(key.E)).Bytes())}
	case *ecdsa.PublicKey:
		point, err := key.Bytes() // 4, x, y
		if err == nil {
			return jwk{Kty: "EC", Crv: "P-256", X: b64(point[1:33]), Y: b64(point[33:])}
		}
	}
	panic(fmt.Sprintf("awsfake: key of type %T", key))
}
