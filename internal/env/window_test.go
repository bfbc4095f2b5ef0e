package env

import (
	"testing"
	"time"
)

// A tenth of the lifetime, at least 5 minutes, at most 15: design.md, 4.
func TestTheWindowOfARenewal(t *testing.T) {
	for lifetime, want := range map[time.Duration]time.Duration{
		-time.Hour:                       5 * time.Minute,
		0:                                5 * time.Minute, // of an old state, which does not say
		15 * time.Minute:                 5 * time.Minute,
		49 * time.Minute:                 5 * time.Minute,
		50 * time.Minute:                 5 * time.Minute,
		50*time.Minute + 10*time.Second:  5*time.Minute + time.Second,
		time.Hour:                        6 * time.Minute,
		2 * time.Hour:                    12 * time.Minute,
		150*time.Minute - 10*time.Second: 15*time.Minute - time.Second,
		150 * time.Minute:                15 * time.Minute,
		4 * time.Hour:                    15 * time.Minute,
		12 * time.Hour:                   15 * time.Minute,
		36 * time.Hour:                   15 * time.Minute,
	} {
		if got := Window(lifetime); got != want {
			t.Errorf("credentials that last %v are renewed %v before their end, want %v", lifetime, got, want)
		}
	}
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}
