package need

import (
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// Signals gives the programs that a test starts the signals that a terminal
// would: what started the tests may have had some ignored, as nohup does and as
// shells do for what they start with `&`, and an ignored signal is inherited by
// everything below. A signal that is caught here is not.
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
