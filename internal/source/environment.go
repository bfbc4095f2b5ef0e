package source

import (
	"context"
	"errors"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// environment reads the keys in the program's environment. While a profile is active, the
// shell keeps the person's own secrets aside, and no program sees them.
type environment struct{ getenv func(string) string }

// Credentials reads the keys.
func (o environment) Credentials(_ context.Context, r vault.Request) (aws.Credentials, error) {
	c := aws.Credentials{
		AccessKeyID:     o.getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: o.getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    o.getenv("AWS_SESSION_TOKEN"),
	}
	if c.SessionToken == "" {
		c.SessionToken = o.getenv("AWS_SECURITY_TOKEN")
	}
	if c.SecretAccessKey == "" {
		return aws.Credentials{}, vault.Failed(r.Step, "credential_source", errors.New("AWS_SECRET_ACCESS_KEY is not set, or vault put it aside while a profile is active"), "vault off   restores it")
	}
	if len(c.AccessKeyID) < 16 || len(c.AccessKeyID) > 128 || strings.Trim(c.AccessKeyID, letters) != "" {
		return aws.Credentials{}, vault.Failed(r.Step, "credential_source", errors.New("AWS_ACCESS_KEY_ID is not an access key id"), "")
	}
	if text := o.getenv("AWS_CREDENTIAL_EXPIRATION"); text != "" {
		var err error
		if c.Expires, err = resolve.ParseTime(text); err != nil {
			return aws.Credentials{}, vault.Failed(r.Step, "credential_source", errors.New("AWS_CREDENTIAL_EXPIRATION is not a time like 2026-11-23T12:00:00Z"), "unset AWS_CREDENTIAL_EXPIRATION")
		}
	}
	return c, nil
}

// letters are the characters of an access key ID.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
