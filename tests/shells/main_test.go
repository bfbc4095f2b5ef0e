package shells

import (
	"flag"
	"os"
	"testing"
)

// What runs in parallel here waits for most of its time: for clocks and limits,
// not for a processor.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
