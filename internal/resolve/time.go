package resolve

import (
	"errors"
	"strings"
	"time"
)

// These are the forms of a time that botocore reads with dateutil: RFC 3339 and ISO 8601 with
// or without separators, seconds and fractions, and the date of HTTP. Go reads fractions of
// seconds in any layout.
var (
	clocks    = []string{"15:04:05", "15:04", "150405", "1504"}
	zones     = []string{"Z07:00", "Z0700", "Z07", " Z07:00", " Z0700"}
	httpDates = []string{"Mon, 02 Jan 2006 15:04:05 Z0700", "Mon, 02 Jan 2006 15:04:05Z", "Mon, 2 Jan 2006 15:04:05 Z0700"}
)

var errNoTime = errors.New("not a time")

// ParseTime reads a time with its zone, in every form that the AWS tools write or read. The
// result is in UTC and whole seconds.
func ParseTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if len(text) > 64 {
		return time.Time{}, errNoTime
	}
	for _, layout := range httpDates {
		if t, err := time.Parse(layout, inZ(text)); err == nil {
			return whole(t), nil
		}
	}
	date, sep, rest := splitTime(inZ(strings.ToUpper(text)))
	for _, clock := range clocks {
		for _, zone := range zones {
			if t, err := time.Parse(date+sep+clock+zone, rest); err == nil {
				return whole(t), nil
			}
		}
	}
	return time.Time{}, errNoTime
}

// parseFileTime also reads a time without a zone, as UTC: aws-mfa writes that into the
// credentials file.
func parseFileTime(text string) (time.Time, error) {
	t, err := ParseTime(text)
	if err != nil {
		t, err = ParseTime(strings.TrimSpace(text) + "Z")
	}
	return t, err
}

// inZ replaces the two names of UTC with Z.
func inZ(text string) string {
	for _, name := range []string{" UTC", " GMT", "UTC", "GMT"} {
		if before, ok := strings.CutSuffix(text, name); ok {
			return before + "Z"
		}
	}
	return text
}

// splitTime finds the form of a text's date, and the separator between date and clock.
func splitTime(text string) (date, sep, all string) {
	date, at := "2006-01-02", len("2006-01-02")
	if len(text) > 8 && !strings.Contains(text[:8], "-") {
		date, at = "20060102", len("20060102")
	}
	if len(text) > at && text[at] == ' ' {
		return date, " ", text
	}
	return date, "T", text
}

func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
