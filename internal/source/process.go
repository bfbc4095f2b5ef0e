package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// credentialProcess runs a credential_process, see
// docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
type credentialProcess struct{ programs }

// Credentials runs the process.
func (p credentialProcess) Credentials(ctx context.Context, r vault.Request) (aws.Credentials, error) {
	const what = "credential_process"
	out, err := p.words(ctx, r.Profile, r.Command)
	if err != nil {
		return aws.Credentials{}, vault.Failed(r.Step, what, err, "")
	}
	c, err := parseProcess(out)
	return c, vault.Failed(r.Step, what, err, `it must print {"Version": 1, "AccessKeyId": ..., "SecretAccessKey": ..., "SessionToken": ..., "Expiration": ...}`)
}

// parseProcess reads the output of a credential_process. Names must match exactly, as for the
// AWS CLI. Errors do not repeat the output.
func parseProcess(out []byte) (aws.Credentials, error) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimSpace(out), &doc); err != nil || doc == nil {
		if len(bytes.TrimSpace(out)) == 0 {
			return aws.Credentials{}, errors.New("it printed nothing")
		}
		return aws.Credentials{}, errors.New("its output is not a JSON object")
	}
	if _, has := doc["Version"]; !has && doc["credentials"] != nil {
		return parseGimme(doc["credentials"])
	}
	var version int
	if err := json.Unmarshal(doc["Version"], &version); err != nil || version != 1 {
		return aws.Credentials{}, errors.New("the Version in its output is not the number 1")
	}
	return parseFields(doc, "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
}

// parseGimme reads the credentials in the output of gimme-aws-creds with --output-format json.
// That program has no format for AWS tools.
func parseGimme(raw json.RawMessage) (aws.Credentials, error) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(raw, &doc); err != nil || len(doc) == 0 {
		return aws.Credentials{}, errors.New("its output has no credentials")
	}
	return parseFields(doc, "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "expiration")
}

// parseFields reads credentials from the fields with these names.
func parseFields(doc map[string]json.RawMessage, id, secret, token, expiration string) (c aws.Credentials, err error) {
	text := func(name string, must bool) (string, error) {
		raw, ok := doc[name]
		if !ok || string(raw) == "null" {
			if must {
				return "", fmt.Errorf("its output has no %s", name)
			}
			return "", nil
		}
		var s string
		if err := json.Unmarshal(raw, &s); err != nil || must && s == "" || s != "" && !awsapi.Token(s) {
			return "", fmt.Errorf("the %s in its output is not valid", name)
		}
		return s, nil
	}
	if c.AccessKeyID, err = text(id, true); err != nil {
		return aws.Credentials{}, err
	}
	if c.SecretAccessKey, err = text(secret, true); err != nil {
		return aws.Credentials{}, err
	}
	if c.SessionToken, err = text(token, false); err != nil {
		return aws.Credentials{}, err
	}
	expires, err := text(expiration, false)
	if err != nil || expires == "" {
		return c, err
	}
	if c.Expires, err = resolve.ParseTime(expires); err != nil {
		return aws.Credentials{}, fmt.Errorf("the %s in its output is not a time like 2026-11-23T12:00:00Z", expiration)
	}
	return c, nil
}
