package aws

import "strings"

// The forms of an access key. They are written out here, not as regular expressions:
// a cached session is delivered before regexp is initialised.

// IsKeyID tells whether a text is spelled as the id of an access key, long-lived
// (AKIA) or temporary (ASIA). IAM User Guide, "Unique identifiers"; IAM API, data
// type AccessKey: 16 to 128 characters.
func IsKeyID(s string) bool {
	return (strings.HasPrefix(s, "AKIA") || strings.HasPrefix(s, "ASIA")) && len(s) >= 16 && len(s) <= 128 && strings.Trim(s, upper+digits) == ""
}

// IsSecretKey tells whether a text is spelled as a secret access key.
func IsSecretKey(s string) bool {
	return len(s) == 40 && strings.Trim(s, upper+digits+"abcdefghijklmnopqrstuvwxyz/+=") == ""
}

const (
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)
