package aws_test

import (
	"strings"
	"testing"

	"awsvault/internal/aws"
)

func TestTheFormsOfAKey(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	for _, test := range []struct {
		name, text string
		id, secret bool
	}{
		{"a long-lived key's id", "AKIAIOSFODNN7EXAMPLE", true, false},
		{"a temporary key's id", "ASIAIOSFODNN7EXAMPLE", true, false},
		{"the id of a role is no key's", "AROAIOSFODNN7EXAMPLE", false, false},
		{"an id in lower case", "AKIAiosfodnn7example", false, false},
		{"an id that is too short", "AKIAIOSFODNN7EX", false, false},
		{"an id that is too long", "AKIA" + strings.Repeat("A", 125), false, false},
		{"a secret key", secret, false, true},
		{"a secret key with a blank", secret[:39] + " ", false, false},
		{"a secret key without its end", secret[:39], false, false},
		{"nothing", "", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if id, secret := aws.IsKeyID(test.text), aws.IsSecretKey(test.text); id != test.id || secret != test.secret {
				t.Errorf("id %v, secret %v", id, secret)
			}
		})
	}
}
