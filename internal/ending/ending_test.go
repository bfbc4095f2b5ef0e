package ending_test

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/internal/ending"
	"awsvault/internal/fault"
)

// Work that does not end, such as a system call that does not return, is left behind.
func TestWorkThatIsStuck(t *testing.T) {
	const soon, never = 20 * time.Millisecond, time.Hour
	none, one, two := []time.Duration{}, []time.Duration{0}, []time.Duration{0, time.Second}
	for _, test := range []struct {
		name    string
		e       ending.Ending
		signals []time.Duration // when they come, by the clock
		heeds   bool            // the work ends when its context does
		want    int
		stuck   fault.Kind
	}{
		{"its time is over", ending.Ending{Limit: soon, Grace: never}, none, false, 0, fault.Failed},
		{"one signal, and it heeds it", ending.Ending{Grace: never}, one, true, 7, 0},
		{"two signals, and it heeds the first", ending.Ending{Grace: 5 * time.Second}, two, true, 7, 0},
		{"two signals", ending.Ending{Grace: soon}, two, false, 0, fault.Interrupted},
		{"one signal where one is enough", ending.Ending{Limit: never, Grace: soon, Signal: true}, one, false, 0, fault.Interrupted},
		{"the same signal twice, and then its time is over", ending.Ending{Limit: 10 * soon, Grace: soon, Same: 2 * time.Second}, two, false, 0, fault.Failed},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := make(chan time.Time, len(test.signals))
			signals := make(chan os.Signal, len(test.signals))
			for _, at := range test.signals {
				now <- time.Unix(1000, 0).Add(at)
				signals <- syscall.SIGTERM
			}
			ctx, cancel := context.WithCancel(t.Context())
			release := make(chan struct{})
			defer close(release)
			got, stuck := test.e.Bound(signals, ending.Work{
				Now: func() time.Time { return <-now }, Cancel: cancel,
				Do: func() int {
					if test.heeds {
						<-ctx.Done()
						return 7
					}
					<-release
					return 9
				},
			})
			if got != test.want || fault.KindOf(stuck) != test.stuck || stuck != nil && !strings.HasPrefix(stuck.Error(), "gave up: ") {
				t.Errorf("status %d, %v; want %d, %v", got, stuck, test.want, test.stuck)
			}
			if len(test.signals) > 0 && ctx.Err() == nil {
				t.Error("the context lives on")
			}
		})
	}
}
