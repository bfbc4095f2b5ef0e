package doctor

import (
	"context"
	"fmt"
	"time"
)

// A clock that is off by more than clockNuisance is a warning. Beyond clockRefused, AWS
// refuses signatures.
const (
	clockNuisance = time.Minute
	clockRefused  = 5 * time.Minute
)

// Clock asks a server for the time, which servers tell in whole seconds.
func Clock(ctx context.Context, ask func(context.Context) (time.Time, error), now func() time.Time) (ahead time.Duration, took time.Duration, err error) {
	start := now()
	date, err := ask(ctx)
	if err != nil {
		return 0, 0, err
	}
	took = now().Sub(start)
	// The server's time is in the middle of its second on average, and ours in the middle of
	// the call.
	return start.Add(took / 2).Sub(date.Add(time.Second / 2)), took, nil
}

// ClockFinding judges the difference: our time minus AWS's.
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
	f.Hint = "set the clock, or turn on time synchronisation"
	return f
}
