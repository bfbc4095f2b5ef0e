package resolve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Command is a program to run. Exactly one of its fields is set.
type Command struct {
	// Words is split into a program and its arguments as the AWS CLI does it for
	// credential_process: no shell, so no variables, pipes or ~.
	Words string
	// Shell is for the system's shell, as aws-vault has it for its own settings.
	Shell string
}

// MaxOutput is how much a program may print, in bytes. The Java SDK takes as much.
const MaxOutput = 64000

// Runner runs a program and returns what it printed, at most [MaxOutput] bytes.
// Its errors are one line, without what the program printed on stdout.
type Runner func(ctx context.Context, c Command) ([]byte, error)

func (l *link) processStep() (Step, error) {
	v := l.get("credential_process")
	return Step{Kind: Process, Profile: l.name, Command: v.text, From: v.export().From}, nil
}

// recursion refuses to run a process that was run for the same profile already.
func (r *run) recursion(s Step) error {
	if s.Kind != Process || !slices.Contains(r.Calling, s.Profile) {
		return nil
	}
	return s.sourced("credential_process", errors.New("it calls vault for the same profile again"), "name another profile in it, or another program")
}

// process runs a credential_process:
// docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
func (r *run) process(ctx context.Context, s Step) (Credentials, error) {
	const what = "credential_process"
	out, err := r.Run(ctx, Command{Words: s.Command})
	if err != nil {
		return Credentials{}, s.sourced(what, err, "")
	}
	c, err := parseProcess(out)
	return c, s.sourced(what, err, `it must print {"Version": 1, "AccessKeyId": ..., "SecretAccessKey": ..., "SessionToken": ..., "Expiration": ...}`)
}

// parseProcess reads the document that a credential_process prints. Its names
// are exact, as for the AWS CLI. Errors do not repeat what was printed.
func parseProcess(out []byte) (Credentials, error) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimSpace(out), &doc); err != nil || doc == nil {
		if len(bytes.TrimSpace(out)) == 0 {
			return Credentials{}, errors.New("it printed nothing")
		}
		return Credentials{}, errors.New("what it printed is not a JSON object")
	}
	var version int
	if err := json.Unmarshal(doc["Version"], &version); err != nil || version != 1 {
		return Credentials{}, errors.New("the Version that it printed is not the number 1")
	}
	text := func(name string, must bool) (string, error) {
		raw, ok := doc[name]
		if !ok || string(raw) == "null" {
			if must {
				return "", fmt.Errorf("there is no %s in what it printed", name)
			}
			return "", nil
		}
		var s string
		if err := json.Unmarshal(raw, &s); err != nil || must && s == "" || !printable(s) {
			return "", fmt.Errorf("the %s that it printed is not one", name)
		}
		return s, nil
	}
	var c Credentials
	var err error
	if c.AccessKeyID, err = text("AccessKeyId", true); err != nil {
		return Credentials{}, err
	}
	if c.SecretAccessKey, err = text("SecretAccessKey", true); err != nil {
		return Credentials{}, err
	}
	if c.SessionToken, err = text("SessionToken", false); err != nil {
		return Credentials{}, err
	}
	expires, err := text("Expiration", false)
	if err != nil || expires == "" {
		return c, err
	}
	if c.Expires, err = ParseTime(expires); err != nil {
		return Credentials{}, errors.New("the Expiration that it printed is not a time like 2026-11-23T12:00:00Z")
	}
	return c, nil
}

// ParseTime reads a time as the AWS tools write it: RFC 3339, or with UTC
// instead of Z, as old files of the AWS CLI have it. The result is UTC, in whole seconds.
func ParseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05UTC", text)
	}
	return t.UTC().Truncate(time.Second), err
}

// printable says that a text can be in a header and in a variable: visible ASCII.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
