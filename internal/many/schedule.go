package many

import (
	"fmt"
	"strconv"
	"sync"

	"awsvault/internal/fault"
)

// The number of commands that run at once: the default and the maximum.
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

// each calls work for the numbers below n, in their order and at most `most` at once. After a
// call returns false, it starts no more. It returns when all started calls have ended, with
// their number.
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
