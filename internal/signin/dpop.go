package signin

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
)

// proof returns a DPoP proof for a POST to that address: RFC 9449, 4.2, with ES256 (RFC 7518,
// 3.4). It needs 40 lines, one algorithm and one curve. A JWT library would add all others,
// and ways to choose a wrong one.
func (c *Client) proof(key *ecdsa.PrivateKey, address string) (string, error) {
	id := make([]byte, 16)
	if _, err := io.ReadFull(c.Rand, id); err != nil {
		return "", err
	}
	public, err := key.PublicKey.Bytes() // 4, X, Y: 65 bytes, each coordinate padded
	if err != nil {
		return "", err
	}
	header := map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": map[string]string{
		"kty": "EC", "crv": "P-256", "x": encode(public[1:33]), "y": encode(public[33:65]),
	}}
	payload := map[string]any{"htm": "POST", "htu": address, "iat": c.Now().Unix(), "jti": hex.EncodeToString(id)}
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	p, err := json.Marshal(payload)
	if err != nil {
		return "", err
	}
	text := encode(h) + "." + encode(p)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(c.Rand, key, sum[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + encode(signature), nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
