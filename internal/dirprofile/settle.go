package dirprofile

import "time"

// tick is longer than the steps of file times on Linux (4 ms, or 10). It does not cover file
// systems that count seconds.
const tick = 20 * time.Millisecond

// Settle returns a function that waits as long as a file that has just changed could change
// again and keep its time.
func Settle(now func() time.Time) func(changed time.Time) bool {
	return func(changed time.Time) bool {
		left := tick - now().Sub(changed)
		if left <= 0 || left > tick {
			return false
		}
		time.Sleep(left)
		return true
	}
}
