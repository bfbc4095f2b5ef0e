package serve

import (
	"testing"
	"time"
)

func TestPatternsOfRoles(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:role/team/deploy"
	for _, pattern := range []string{arn, "*", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::*:role/team/*", "*deploy", "arn:*:role/*/deploy", arn + "*", "*" + arn} {
		if !like(pattern, arn) {
			t.Errorf("%s does not fit", pattern)
		}
	}
	for _, pattern := range []string{"", "arn:aws:iam::111122223333:role/team/", "arn:aws:iam::444455556666:role/*", "*deplo", "*deploy*deploy", "arn:*:role/team/deploy/*", "ARN*"} {
		if like(pattern, arn) {
			t.Errorf("%s fits", pattern)
		}
	}
}

func TestLinesOfTheLog(t *testing.T) {
	at := time.Date(2026, 11, 28, 14, 2, 11, 0, time.Local)
	for want, e := range map[string]Entry{
		"14:02:11  dev  pid 7  200  until 15:02":            {At: at, Name: "dev", Peer: Peer{PID: 7}, Status: 200, Until: at.Add(time.Hour)},
		"14:02:11  -  uid 1000  403  unknown address or so": {At: at, Peer: Peer{UID: 1000}, Status: 403, Why: "unknown address or so"},
		"14:02:11  a?[31mb  unknown  503  renewing":         {At: at, Name: "a\x1b[31mb", Peer: Peer{UID: -1}, Status: 503, Why: "renewing"},
	} {
		if got := e.Line(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
