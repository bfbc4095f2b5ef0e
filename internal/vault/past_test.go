package vault_test

import (
	"testing"
	"time"

	"awsvault/internal/fault"
)

// What AWS answers is good now, and does not last longer than AWS lets a session last:
// a clock that is wrong, or a proxy that answers with an old page.
func TestWhenWhatAWSAnswersExpires(t *testing.T) {
	const role = "AssumeRole arn:aws:iam::333344445555:role/team/ops (step 2 of 2): the answer from AWS expired at "
	for _, c := range []struct {
		name    string
		ahead   time.Duration // of the answer's end, which is an hour from now
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
