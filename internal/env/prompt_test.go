package env

import (
	"testing"
	"time"
)

// A prompt counts hours. Credentials that last for years appear as credentials that do not
// expire.
func TestWhatAPromptIsToldOfTheEnd(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		left time.Duration
		want string
	}{{time.Hour, "1795352400"}, {30 * 24 * time.Hour, "1797940800"}, {31 * 24 * time.Hour, ""}, {1<<63 - 1, ""}} {
		for _, l := range (Prompt{Profile: "dev", Now: now, Expires: now.Add(c.left)}).Locals() {
			if l.Name == "__vault_expires" && l.Value != c.want {
				t.Errorf("%s left: %q, want %q", c.left, l.Value, c.want)
			}
		}
	}
}
