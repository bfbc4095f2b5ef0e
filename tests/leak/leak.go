// Package leak looks, after the tests of a package, for what they and the code
// under test have left in the process: goroutines that still run, descriptors
// that are still open. A server or a prompt that leaks either ends after days,
// which no single test sees.
package leak

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience is how long something that is about to end may still be there.
const patience = 5 * time.Second

// Main is for TestMain: it runs the tests and returns the status to exit with.
func Main(m *testing.M) int {
	before := take()
	status := m.Run()
	if status != 0 {
		return status // a failed test may leave anything
	}
	if report := before.left(patience); report != "" {
		fmt.Fprint(os.Stderr, "--- FAIL: the tests of this package leave something\n"+report)
		return 1
	}
	return 0
}

// snapshot is what there is at one time.
type snapshot struct {
	goroutines  map[string]string // by number: the stack
	descriptors map[string]string // by number: what it is; none where that cannot be told
}

func take() snapshot { return snapshot{goroutines(), descriptors()} }

// left waits until nothing is there that was not before, and says what there is
// if that does not happen. A descriptor's number can be that of another one now.
func (s snapshot) left(wait time.Duration) string {
	for until := time.Now().Add(wait); ; time.Sleep(20 * time.Millisecond) {
		var report strings.Builder
		now := take()
		for _, n := range more(s.goroutines, now.goroutines) {
			fmt.Fprintf(&report, "goroutine %s\n\n", now.goroutines[n])
		}
		for _, n := range more(s.descriptors, now.descriptors) {
			fmt.Fprintf(&report, "descriptor %s: %s\n", n, now.descriptors[n])
		}
		if report.Len() == 0 || time.Now().After(until) {
			return report.String()
		}
	}
}

func more(before, now map[string]string) []string {
	var list []string
	for n := range now {
		if _, ok := before[n]; !ok {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list
}

// goroutines are all but the one that asks and those of Go's own that stay: the
// tests' and the one that hands out signals.
func goroutines() map[string]string {
	text := make([]byte, 1<<20)
	for {
		n := runtime.Stack(text, true)
		if n < len(text) {
			text = text[:n]
			break
		}
		text = make([]byte, 2*len(text))
	}
	found := map[string]string{}
	for i, stack := range strings.Split(string(text), "\n\n") {
		rest, ok := strings.CutPrefix(stack, "goroutine ")
		number, _, _ := strings.Cut(rest, " ")
		if !ok || i == 0 || strings.Contains(stack, "os/signal.loop()") {
			continue
		}
		found[number] = rest
	}
	return found
}

// descriptors are those that are open, on Linux. What Go opens for itself stays.
func descriptors() map[string]string {
	found := map[string]string{}
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return found
	}
	defer dir.Close()
	own := fmt.Sprint(dir.Fd())
	for {
		names, err := dir.Readdirnames(100)
		for _, n := range names {
			what, err := os.Readlink(filepath.Join("/proc/self/fd", n))
			if err != nil || n == own || what == "anon_inode:[eventpoll]" || what == "anon_inode:[eventfd]" {
				continue
			}
			found[n] = what
		}
		if err != nil { // io.EOF too
			return found
		}
	}
}
