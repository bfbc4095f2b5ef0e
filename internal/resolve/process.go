package resolve

import (
	"time"
)

func (l *link) processStep() (Step, error) {
	v := l.get("credential_process")
	return Step{Kind: Process, Profile: l.name, Command: v.text, From: v.export().From}, nil
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
