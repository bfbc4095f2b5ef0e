package source

import (
	"testing"
	"time"

	"awsvault/internal/vault"
)

// A person at a terminal has time to sign in. A prompt, a renewal or a script waits for a
// shorter time.
func TestHowLongAProgramMayTake(t *testing.T) {
	for _, test := range []struct {
		of   vault.Streams
		want time.Duration
	}{
		{vault.Streams{Together: true}, 10 * time.Minute},
		{vault.Nobody{}.Streams(), time.Minute},
	} {
		if got := patience(test.of); got != test.want {
			t.Errorf("%v: %s, want %s", test.of, got, test.want)
		}
	}
}
