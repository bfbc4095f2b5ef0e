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

func TestWhatItHasStartedEndsWithItOnWindows(t *testing.T) {
	p := Program{Args: Shell("windows", os.Getenv("SystemRoot"), `start /b ping -n 60 127.0.0.1 & ping -n 60 127.0.0.1`), Timeout: 2 * time.Second}
	begun := time.Now()
	out, err := Output(t.Context(), p)
	if took := time.Since(begun); !errors.Is(err, ErrTooLong) || took > 30*time.Second {
		t.Errorf("got %q, %v after %v", out, err, took)
	}
}
