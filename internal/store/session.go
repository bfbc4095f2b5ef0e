package store

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/keyring"

	"awsvault/internal/aws"
)

// SessionInfo is what can be known of a cached session without reading it.
type SessionInfo struct {
	Key     aws.SessionKey
	Expires time.Time // UTC
}

// A session's item is named as aws-vault 7 names it, in four fields:
//
//	TYPE,PROFILE,HASH,EXPIRY
//
// PROFILE and HASH are base64url without padding, EXPIRY is in Unix seconds. In
// the third field aws-vault has the MFA serial, which is why neither tool takes a
// session of the other, and both know that it is one.

// prefix is the item's name up to the expiry.
func prefix(k aws.SessionKey) string {
	encode := base64.RawURLEncoding.EncodeToString
	return k.Type + "," + encode([]byte(k.Profile)) + "," + encode([]byte(k.Hash)) + ","
}

func sessionName(k aws.SessionKey, expires time.Time) string {
	return prefix(k) + strconv.FormatInt(expires.Unix(), 10)
}

// parseSession reads an item's name as that of a session.
func parseSession(item string) (SessionInfo, bool) {
	fields := strings.Split(item, ",")
	if len(fields) != 4 || fields[0] == "" || fields[1] == "" || isOldSession(item) {
		return SessionInfo{}, false
	}
	profile, err1 := base64.RawURLEncoding.DecodeString(fields[1])
	hash, err2 := base64.RawURLEncoding.DecodeString(fields[2])
	expiry, err3 := strconv.ParseUint(fields[3], 10, 62)
	if err1 != nil || err2 != nil || err3 != nil {
		return SessionInfo{}, false
	}
	return SessionInfo{
		Key:     aws.SessionKey{Type: fields[0], Profile: string(profile), Hash: string(hash)},
		Expires: time.Unix(int64(expiry), 0).UTC(),
	}, true
}

// oldSession matches the names that aws-vault 4 to 6 gave to sessions. aws-vault
// 7 removes such items whenever it sees them.
const oldSession = `^session,[^,]+,[^,]*,[0-9]{2,}$|^session:[^ ]+:[^ ]*:[^:]+$|^.+ session \([0-9]+\)$`

func isOldSession(item string) bool {
	// Few names get as far as the expression, which is costly to compile.
	if !strings.Contains(item, "session") {
		return false
	}
	return regexp.MustCompile(oldSession).MatchString(item)
}

// isKeys tells whether an item of that name holds long-lived keys: it does unless
// it is a session, the token of a sign-in, or the record of a rotation.
func isKeys(item string) bool {
	_, session := parseSession(item)
	return !session && !isOldSession(item) && !strings.HasPrefix(item, "oidc:") && !isRotation(item)
}

// sessionItem has the data that aws-vault 7 gets when it marshals the STS
// Credentials of the AWS SDK for Go.
func sessionItem(k aws.SessionKey, c aws.Credentials) (keyring.Item, error) {
	expires := c.Expires.UTC().Truncate(time.Second)
	data, err := json.Marshal(struct {
		AccessKeyId     string
		Expiration      time.Time
		SecretAccessKey string
		SessionToken    string
	}{c.AccessKeyID, expires, c.SecretAccessKey, c.SessionToken})
	return keyring.Item{
		Key:         sessionName(k, expires),
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
