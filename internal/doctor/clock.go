package doctor

import (
	"context"
	"fmt"
	"time"
)

// Beyond this the clock is a nuisance; beyond the other AWS refuses signatures.
const (
	clockNuisance = time.Minute
	clockRefused  = 5 * time.Minute
)

// Clock asks a server what time it is, which it tells in whole seconds.
func Clock(ctx context.Context, ask func(context.Context) (time.Time, error), now func() time.Time) (ahead time.Duration, took time.Duration, err error) {
	start := now()
	date, err := ask(ctx)
	if err != nil {
		return 0, 0, err
	}
	took = now().Sub(start)
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
	f.Hint = "set the clock, or turn on time synchronisation"
	return f
}
