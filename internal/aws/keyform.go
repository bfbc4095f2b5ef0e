package aws

import "strings"

// The forms of an access key. They are written out here without regular expressions, because
// vault delivers a cached session before regexp is initialised.

// IsKeyID reports whether a text is spelled as the id of an access key, long-lived (AKIA) or
// temporary (ASIA). See the IAM User Guide, "Unique identifiers", and the IAM API, data type
// AccessKey: from 16 to 128 characters.
func IsKeyID(s string) bool {
	return (strings.HasPrefix(s, "AKIA") || strings.HasPrefix(s, "ASIA")) && len(s) >= 16 && len(s) <= 128 && strings.Trim(s, upper+digits) == ""
}

// IsSecretKey reports whether a text is spelled as a secret access key.
func IsSecretKey(s string) bool {
	return len(s) == 40 && strings.Trim(s, upper+digits+"abcdefghijklmnopqrstuvwxyz/+=") == ""
}

const (
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)
