package aws

import (
	"errors"
	"time"
)

// AccessKey is what IAM tells about an access key of a user.
type AccessKey struct {
	ID      string
	Active  bool
	Created time.Time
}

// KeyUse is the last use of an access key, as far as IAM has noticed: that can take
// hours.
type KeyUse struct {
	At      time.Time // zero: never
	Service string
}

// Rotation is the record of a stored key that is being replaced by a new one.
type Rotation struct {
	Name    string      // of the stored keys
	Started time.Time   // UTC
	Old     string      // access key id
	Before  []string    // ids of the user's keys before; empty: they could not be listed
	New     Credentials // zero until there is one
}

// Code is the code with which AWS refused a call, such as AccessDenied. It is empty
// if err is not a refusal by AWS. The errors of those who call AWS have a method
// AWSCode, so that a caller needs to know none of them.
func Code(err error) string {
	var refused interface{ AWSCode() string }
	if errors.As(err, &refused) {
		return refused.AWSCode()
	}
	return ""
}
