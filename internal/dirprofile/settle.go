package dirprofile

import "time"

// tick is longer than the steps in which Linux counts the times of files (4 ms, or 10).
// File systems that count seconds are not waited for.
const tick = 20 * time.Millisecond

// Settle gives what waits while a file that was changed then could be changed again and
// keep its time.
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
