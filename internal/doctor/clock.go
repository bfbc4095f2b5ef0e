package doctor

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Beyond this the clock is a nuisance; beyond the other AWS refuses signatures.
const (
	clockNuisance = time.Minute
	clockRefused  = 5 * time.Minute
)

// Clock asks a server what time it is: any answer of HTTP has a date (RFC 9110,
// 6.6.1), of whole seconds. Nothing is signed or sent.
func Clock(ctx context.Context, client *http.Client, url string, now func() time.Time) (ahead time.Duration, took time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return 0, 0, err
	}
	start := now()
	answer, err := client.Do(r)
	if err != nil {
		return 0, 0, err
	}
	answer.Body.Close()
	end := now()
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return 0, 0, fmt.Errorf("the answer has no date")
	}
	took = end.Sub(start)
	// The server's time is somewhere in its second, and ours somewhere in the call.
	return start.Add(took / 2).Sub(date.Add(time.Second / 2)), took, nil
}

// ClockFinding judges the difference: ours minus AWS's.
func ClockFinding(ahead time.Duration) Finding {
	f, way, off := Finding{}, "ahead of", ahead
	if off < 0 {
		way, off = "behind", -off
	}
	switch {
	case off <= clockNuisance:
		f.Text = "clock agrees with AWS's"
		return f
	case off <= clockRefused:
		f.State = Warning
	default:
		f.State = Problem
	}
	f.Text = fmt.Sprintf("clock is %v %s AWS's", off.Round(time.Second), way)
	f.Hint = "set the clock, or switch on its synchronisation"
	return f
}
