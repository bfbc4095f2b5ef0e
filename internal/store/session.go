package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/99designs/keyring"

	"awsvault/internal/aws"
	"awsvault/internal/items"
)

// SessionInfo describes a cached session without reading it.
type SessionInfo = items.Session

// sessionItem contains what aws-vault 7 gets when it marshals the STS Credentials of the AWS
// SDK for Go.
func sessionItem(k aws.SessionKey, c aws.Credentials) (keyring.Item, error) {
	expires := c.Expires.UTC().Truncate(time.Second)
	data, err := json.Marshal(struct {
		AccessKeyId     string
		Expiration      time.Time
		SecretAccessKey string
		SessionToken    string
	}{c.AccessKeyID, expires, c.SecretAccessKey, c.SessionToken})
	return keyring.Item{
		Key:         items.SessionName(k, expires),
		Label:       fmt.Sprintf("aws-vault session for %s (expires %s)", k.Profile, expires.Format(time.RFC3339)),
		Description: "aws-vault session",
		Data:        data,
	}, err
}

func parseSessionData(item keyring.Item) (aws.Credentials, error) {
	var data struct {
		AccessKeyId, SecretAccessKey, SessionToken string
		Expiration                                 time.Time
	}
	if err := json.Unmarshal(item.Data, &data); err != nil {
		return aws.Credentials{}, errDamaged // err could quote the secret
	}
	if data.AccessKeyId == "" || data.SecretAccessKey == "" {
		return aws.Credentials{}, errDamaged
	}
	return aws.Credentials{AccessKeyID: data.AccessKeyId, SecretAccessKey: data.SecretAccessKey, SessionToken: data.SessionToken, Expires: data.Expiration.UTC()}, nil
}
