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

// safeRounds are those of PBKDF2 in a new item: what OWASP asks for with SHA-256. The library
// takes 8,192. Every version of jose2go opens it, as long as it is below 1,300,000.
// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
//
// It is text for the linker's -X: the tests' build of the program takes fewer, as it
// makes thousands of items. No setting of a person's reaches it.
var safeRounds = "600000"

// newRounds are the rounds of a new item.
func newRounds() int {
	n, err := strconv.Atoi(safeRounds)
	if err != nil || n < libraryRounds {
		panic("internal/store: linked with safeRounds=" + safeRounds)
	}
	return n
}

const libraryRounds = 8192

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
