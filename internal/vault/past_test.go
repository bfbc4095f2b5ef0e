package vault_test

import (
	"testing"
	"time"

	"awsvault/internal/fault"
)

// An answer of AWS must be valid now, and must not last longer than AWS allows for a session.
// A wrong clock, or a proxy with an old page, can break both.
func TestWhenWhatAWSAnswersExpires(t *testing.T) {
	const role = "AssumeRole arn:aws:iam::333344445555:role/team/ops (step 2 of 2): the answer from AWS expired at "
	for _, c := range []struct {
		name    string
		ahead   time.Duration // the end of the session in the answer, relative to an hour from now
		want    string
		expires time.Duration // from now
	}{
		{name: "as asked for", expires: time.Hour},
		{name: "a little left", ahead: -time.Hour + time.Second, expires: time.Second},
		{name: "now", ahead: -time.Hour, want: role + "2026-11-22T12:00:00Z, and the clock of this computer says 2026-11-22T12:00:00Z"},
		{name: "long ago", ahead: -25 * time.Hour, want: role + "2026-11-21T12:00:00Z, and the clock of this computer says 2026-11-22T12:00:00Z"},
		{name: "in a century", ahead: 100 * 365 * 24 * time.Hour, expires: 36 * time.Hour},
	} {
		w := newWorld(t)
		w.aws.Clock.Set(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
		w.aws.ExpireAhead(c.ahead)
		if c.want != "" {
			err := w.fails("foo-readonly")
			if err.Error() != c.want || fault.HintOf(err) != "set the clock, or turn on time synchronisation" {
				t.Errorf("%s: %v", c.name, err)
			}
			if len(w.cache.sessions) != 0 {
				t.Errorf("%s: it is kept", c.name)
			}
			continue
		}
		got := w.get("foo-readonly")
		if left := got.Expires.Sub(w.now()); left != c.expires {
			t.Errorf("%s: %s left, want %s", c.name, left, c.expires)
		}
	}
}
