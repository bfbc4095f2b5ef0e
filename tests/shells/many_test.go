package shells

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/awsfake"
	"awsvault/tests/world"
)

// What 50 shells do at once, without their shells: the program is what they share.
func TestFiftyThatNeedOneSessionMakeOneCall(t *testing.T) {
	w := world.New(t)
	w.Fake.Arm(awsfake.Fault{Delay: 300 * time.Millisecond})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, stderr, status := w.Run(nil, "export", "dev"); status != 0 {
				t.Errorf("status %d: %s", status, stderr)
			}
		})
	}
	wg.Wait()
	if d := cmp.Diff([]string{"AssumeRole"}, w.Fake.Operations()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
}
