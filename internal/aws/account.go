package aws

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
)

// IsAccount reports whether a text is spelled as an account number: 12 digits.
func IsAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// AccountOf decodes the account number in an access key id, without a call.
//
// AWS documents only that GetAccessKeyInfo can do this, and that ids from before 2019 contain
// no account. An id consists of AKIA (a user's) or ASIA (a session's) and 16 characters of
// base32. The first of those 80 bits separates new ids from old ones, and the next
// 40 are the account number.
func AccountOf(accessKeyID string) (account string, ok bool) {
	if len(accessKeyID) != 20 || accessKeyID[:4] != "AKIA" && accessKeyID[:4] != "ASIA" {
		return "", false
	}
	bits, err := base32.StdEncoding.DecodeString(accessKeyID[4:])
	if err != nil || bits[0]&0x80 == 0 {
		return "", false
	}
	number := binary.BigEndian.Uint64(bits) >> 23 & (1<<40 - 1)
	if number > 999999999999 {
		return "", false
	}
	return fmt.Sprintf("%012d", number), true
}
