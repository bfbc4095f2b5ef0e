package need

import (
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// Signals makes sure that the programs of a test react to signals as on a terminal. The process
// that started the tests may ignore some signals, like nohup, or like shells for commands with
// `&`. All child processes inherit an ignored signal. They do not inherit one that this process
// catches.
func Signals() {
	ignored := uint64(0)
	status, _ := os.ReadFile("/proc/self/status") // where there is none, of the two that Go tells
	for line := range strings.Lines(string(status)) {
		if mask, ok := strings.CutPrefix(line, "SigIgn:"); ok {
			ignored, _ = strconv.ParseUint(strings.TrimSpace(mask), 16, 64)
		}
	}
	for n := syscall.Signal(1); n < 32; n++ {
		if ignored&(1<<(n-1)) != 0 || signal.Ignored(n) {
			signal.Notify(make(chan os.Signal, 1), n)
		}
	}
}
