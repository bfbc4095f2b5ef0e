package signin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"testing"

	"awsvault/internal/awsapi"
	"awsvault/internal/clicache"
)

// Whatever the file of a sign-in contains, the result is usable: a key that can sign, and
// credentials that fit in a header.
func FuzzParse(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		f.Fatal(err)
	}
	text, _ := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})))
	whole := `{"accessToken":{"accessKeyId":"ASIA","secretAccessKey":"s","sessionToken":"t","accountId":"1","expiresAt":"2026-01-01T00:00:00.5Z"},"clientId":"c","refreshToken":"r","dpopKey":%s,"x":[1]}`
	for _, seed := range []string{"", "null", "{}", `{"accessToken":[]}`, fmt.Sprintf(whole, text), fmt.Sprintf(whole, `"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"`)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var o clicache.Object
		if json.Unmarshal(text, &o) != nil || o == nil {
			return
		}
		got, err := parse(o)
		if err != nil {
			return
		}
		k := got.credentials
		if got.key == nil || !awsapi.Token(got.refresh) || got.clientID == "" || !awsapi.Session(k) || got.fields == nil || got.access == nil {
			t.Errorf("%+v", got)
		}
		back, err := json.Marshal(got.fields)
		if err != nil {
			t.Fatal(err)
		}
		o = nil
		if err := json.Unmarshal(back, &o); err != nil {
			t.Fatal(err)
		}
		if again, err := parse(o); err != nil || again.credentials != got.credentials || again.refresh != got.refresh {
			t.Errorf("%+v, written and read again %+v, %v", got, again, err)
		}
	})
}
