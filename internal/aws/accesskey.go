package aws

import (
	"errors"
	"time"
)

// AccessKey holds what IAM reports about a user's access key.
type AccessKey struct {
	ID      string
	Active  bool
	Created time.Time
}

// KeyUse describes the last use of an access key. IAM may notice a use only hours later.
type KeyUse struct {
	At      time.Time // zero: never
	Service string
}

// Rotation records the replacement of a stored key by a new one.
type Rotation struct {
	Name    string      // the name of the stored keys
	Started time.Time   // UTC
	Old     string      // access key id
	Before  []string    // ids of the keys that the user had before; empty if they could not be listed
	New     Credentials // zero until the new key exists
}

// Code returns the code with which AWS refused a call, such as AccessDenied, or "" if err is
// not a refusal by AWS. It recognises an error by its method AWSCode, so a caller needs to
// know none of the error types.
func Code(err error) string {
	var refused interface{ AWSCode() string }
	if errors.As(err, &refused) {
		return refused.AWSCode()
	}
	return ""
}
