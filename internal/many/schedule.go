package many

import (
	"fmt"
	"strconv"
	"sync"

	"awsvault/internal/fault"
)

// How many commands run at once: unless the person says, and at most.
const (
	usual = 4
	most  = 64
)

// atOnce reads -P.
func atOnce(text string) (int, error) {
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fault.NewUsage(fmt.Sprintf("-P %q is not a number of commands", text), fmt.Sprintf("from 1 to %d; the default is %d", most, usual))
	}
	return n, nil
}

// each does work for the numbers below n, at most `most` at once, begun in their order.
// Once work returns false, no other is begun; each returns when all that was begun has
// ended, and says how many that are.
func each(n, most int, work func(i int) bool) (begun int) {
	var mu sync.Mutex
	stop := false
	next := func() int {
		mu.Lock()
		defer mu.Unlock()
		if stop || begun == n {
			return -1
		}
		begun++
		return begun - 1
	}
	var workers sync.WaitGroup
	for range min(n, most) {
		workers.Go(func() {
			for i := next(); i >= 0; i = next() {
				if !work(i) {
					mu.Lock()
					stop = true
					mu.Unlock()
				}
			}
		})
	}
	workers.Wait()
	return begun
}
