package line

import (
	"fmt"
	"strings"
	"time"
)

// Rounded formats a duration in at most two units: 42s, 15m, 1h30m, 12h, 30d, 5y. A number of
// years is never exact, and a time.Duration cannot exceed 292 of them.
func Rounded(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%ds", int(d.Seconds()))
	}
	d = d.Round(time.Minute)
	h, m := int(d.Hours()), int(d.Minutes())%60
	const day, year = 24, 365 * 24
	switch {
	case h >= 100*year:
		return "over 100y"
	case h >= 2*year:
		return fmt.Sprintf("%dy", h/year)
	case h >= 4*day:
		return fmt.Sprintf("%dd", h/day)
	case h == 0:
		return fmt.Sprintf("%dm", m)
	case m == 0 || h >= 10:
		return fmt.Sprintf("%dh", h)
	}
	return fmt.Sprintf("%dh%dm", h, m)
}

// Days spells a duration that is meant in days: 90d; one with a part of a day as Exact does.
func Days(d time.Duration) string {
	if d > 0 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	return Exact(d)
}

// Left says what is left of a session's life, in a list, a picker and a sentence alike.
func Left(d time.Duration) string { return Rounded(d) + " left" }

// Exact formats a duration without zeros at the end: 1h, 15m, 1h30m, 1m30s.
func Exact(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
