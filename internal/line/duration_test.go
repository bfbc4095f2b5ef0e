package line

import (
	"testing"
	"time"
)

func TestDurations(t *testing.T) {
	for _, test := range []struct {
		d              time.Duration
		rounded, exact string
	}{
		{0, "0s", "0s"},
		{59*time.Second + 900*time.Millisecond, "59s", "59.9s"},
		{time.Minute, "1m", "1m"},
		{90 * time.Second, "2m", "1m30s"},
		{59*time.Minute + 40*time.Second, "1h", "59m40s"},
		{time.Hour, "1h", "1h"},
		{90 * time.Minute, "1h30m", "1h30m"},
		{9*time.Hour + 59*time.Minute, "9h59m", "9h59m"},
		{10*time.Hour + 30*time.Minute, "10h", "10h30m"},
		{36 * time.Hour, "36h", "36h"},
		{95 * time.Hour, "95h", "95h"},
		{96 * time.Hour, "4d", "96h"},
		{2 * 365 * 24 * time.Hour, "2y", "17520h"},
		{100 * 365 * 24 * time.Hour, "over 100y", "876000h"},
		{1<<63 - 1, "over 100y", "2562047h47m16.854775807s"},
		{time.Hour + time.Second, "1h", "1h0m1s"},
	} {
		if r, e := Rounded(test.d), Exact(test.d); r != test.rounded || e != test.exact {
			t.Errorf("%d s: %q and %q, want %q and %q", int(test.d.Seconds()), r, e, test.rounded, test.exact)
		}
	}
}
