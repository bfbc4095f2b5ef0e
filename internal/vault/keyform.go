package vault

import (
	"errors"
	"fmt"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// CheckKeyID refuses a text that cannot be the ID of a long-lived key.
func CheckKeyID(id string) error {
	switch {
	case strings.HasPrefix(id, "ASIA"):
		return errors.New("a key that begins with ASIA is temporary; the long-lived ones begin with AKIA")
	case aws.IsSecretKey(id):
		return errors.New("that is a secret access key; the access key ID begins with AKIA")
	case !aws.IsKeyID(id):
		return errors.New("that is not an access key ID (AKIA and 16 capital letters and digits)")
	}
	return nil
}

// CheckSecretKey refuses a text that cannot be a secret access key. The error does not show
// the text.
func CheckSecretKey(secret string) error {
	if !aws.IsSecretKey(secret) {
		return fmt.Errorf("that is not a secret access key (40 letters, digits, / and +; this has %d)", len(secret))
	}
	return nil
}

// CheckMFASerial refuses a text that cannot be an MFA device. A device is an ARN, or the
// serial number of a hardware token.
func CheckMFASerial(serial string) error {
	if strings.Contains(serial, ":user/") {
		return errors.New("that is the ARN of a user; an MFA device has :mfa/ instead of :user/")
	}
	name := serial
	if arn, ok := aws.ParseGlobalARN(serial, "iam"); ok {
		name, ok = strings.CutPrefix(arn.Resource, "mfa/")
		if ok && name != "" && madeOf(name, serialCharacters) {
			return nil
		}
	}
	if len(serial) < 9 || len(serial) > 256 || !madeOf(serial, serialCharacters) {
		return errors.New("that is not an MFA device, like arn:aws:iam::111122223333:mfa/ana or a serial number")
	}
	return nil
}

// serialCharacters are the characters of the IAM parameter SerialNumber.
const serialCharacters = upper + lower + digits + "_+=/,.@-"

const (
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lower  = "abcdefghijklmnopqrstuvwxyz"
	digits = "0123456789"
)

func madeOf(s, characters string) bool { return strings.Trim(s, characters) == "" }

// CheckProfileName refuses names that some tools cannot read from a section header.
func CheckProfileName(name string) error {
	if strings.TrimSpace(name) != name || name == "" || name != line.Printable(name) || strings.ContainsAny(name, "]'\"\\") || len(name) > 256 {
		return fault.NewUsage(fmt.Sprintf("%q cannot be the name of a profile", name), "no quotes, backslashes, ], line breaks, or blanks around it")
	}
	return nil
}
