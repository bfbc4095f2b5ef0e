package store

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/99designs/keyring"
	jose "github.com/dvsekhvalnov/jose2go"
)

// safeRounds are those of PBKDF2 in a new item: what OWASP asks for with SHA-256. The library
// takes 8,192. Every version of jose2go opens it, as long as it is below 1,300,000.
// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
const safeRounds = 600_000

// encrypt makes the file of an item, in the library's form. It is done here because the
// library does not let the rounds be chosen.
func encrypt(item keyring.Item, passphrase string, rounds int, now time.Time) ([]byte, error) {
	data, err := json.Marshal(item)
	if err != nil {
		return nil, err
	}
	token, err := jose.Encrypt(string(data), jose.PBES2_HS256_A128KW, jose.A256GCM, passphrase,
		jose.Headers(map[string]any{"created": now.String(), "p2c": rounds}))
	return []byte(token), err
}

// roundsOf are the rounds that a file was made with; 0: it is not an item.
func roundsOf(token []byte) int {
	head, _, found := bytes.Cut(token, []byte("."))
	data, err := base64.RawURLEncoding.AppendDecode(nil, head)
	var header struct {
		Rounds int `json:"p2c"`
	}
	if !found || err != nil || json.Unmarshal(data, &header) != nil {
		return 0
	}
	return header.Rounds
}
