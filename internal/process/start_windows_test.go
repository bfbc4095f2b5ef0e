package process

import (
	"errors"
	"os"
	"testing"
	"time"
)

func TestTheShellOfWindowsTakesQuotesAsTheyStand(t *testing.T) {
	p := Program{Args: Shell("windows", os.Getenv("SystemRoot"), `echo "a b" & echo c`), Timeout: 20 * time.Second}
	if out, err := Output(t.Context(), p); err != nil || string(out) != "\"a b\" \r\nc\r\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

// stays is set in a test binary that is started only to be ended.
const stays = "PROCESS_TEST_STAYS"

func TestWhatItHasStartedEndsWithItOnWindows(t *testing.T) {
	if os.Getenv(stays) != "" {
		time.Sleep(time.Minute)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	again := `"` + self + `" -test.run ` + t.Name()
	p := Program{Args: Shell("windows", os.Getenv("SystemRoot"), again+` & `+again), Environ: append(os.Environ(), stays+"=1"), Timeout: 2 * time.Second}
	begun := time.Now()
	out, err := Output(t.Context(), p)
	if took := time.Since(begun); !errors.Is(err, ErrTooLong) || took > 30*time.Second {
		t.Errorf("got %q, %v after %v", out, err, took)
	}
}
