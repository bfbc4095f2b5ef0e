package awsfake

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
)

// jwt is a parsed signed token (RFC 7519). Its signature is not verified yet.
type jwt struct {
	Header struct {
		Typ, Alg, Kid string
		Jwk           *jwk
	}
	claims    []byte
	signed    string
	signature []byte
}

var errNotJWT = errors.New("not a JWT")

func parseJWT(token string) (*jwt, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errNotJWT
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return nil, errNotJWT
		}
	}
	t := &jwt{claims: raw[1], signed: parts[0] + "." + parts[1], signature: raw[2]}
	if json.Unmarshal(raw[0], &t.Header) != nil {
		return nil, errNotJWT
	}
	return t, nil
}

// verify checks the signature with a key. The type of the key must match the algorithm.
func (t *jwt) verify(k jwk) bool {
	sum := sha256.Sum256([]byte(t.signed))
	switch {
	case t.Header.Alg == "RS256" && k.Kty == "RSA":
		key := &rsa.PublicKey{N: number64(k.N), E: int(number64(k.E).Int64())}
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], t.signature) == nil
	case t.Header.Alg == "ES256" && k.Kty == "EC" && k.Crv == "P-256" && len(t.signature) == 64:
		x, y := number64(k.X), number64(k.Y)
		if x.BitLen() > 256 || y.BitLen() > 256 {
			return false
		}
		point := append([]byte{4}, x.FillBytes(make([]byte, 32))...)
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(point, y.FillBytes(make([]byte, 32))...))
		return err == nil && ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(t.signature[:32]), new(big.Int).SetBytes(t.signature[32:]))
	}
	return false
}

// number64 decodes a number from base64. It returns zero if the text is not a number.
func number64(text string) *big.Int {
	b, _ := base64.RawURLEncoding.DecodeString(text)
	return new(big.Int).SetBytes(b)
}

// stringOrList is a claim that may be a string or a list of strings, like aud.
type stringOrList []string

func (s *stringOrList) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*s = []string{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(s))
}
