package store

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"github.com/99designs/keyring"
	jose "github.com/dvsekhvalnov/jose2go"
)

// safeRounds is the number of PBKDF2 rounds for a new item: OWASP's recommendation for
// SHA-256. The library uses 8,192. Every version of jose2go opens such an item, up to
// 1,300,000 rounds.
// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
//
// It is a string for the linker's -X: the tests build the program with fewer rounds, because
// they make thousands of items. No setting can change it.
var safeRounds = "600000"

// newRounds returns the number of rounds for a new item.
func newRounds() int {
	n, err := strconv.Atoi(safeRounds)
	if err != nil || n < libraryRounds {
		panic("internal/store: linked with safeRounds=" + safeRounds)
	}
	return n
}

const libraryRounds = 8192

// encrypt makes the file of an item, in the library's form. The library itself has no way to
// choose the number of rounds.
func encrypt(item keyring.Item, passphrase string, rounds int, now time.Time) ([]byte, error) {
	data, err := json.Marshal(item)
	if err != nil {
		return nil, err
	}
	token, err := jose.Encrypt(string(data), jose.PBES2_HS256_A128KW, jose.A256GCM, passphrase,
		jose.Headers(map[string]any{"created": now.String(), "p2c": rounds}))
	return []byte(token), err
}

// roundsOf returns the number of rounds of a file; 0: it is not an item.
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
