package leak

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestWhatIsLeftIsFound(t *testing.T) {
	before := take()
	if report := before.left(0); report != "" {
		t.Fatalf("nothing was left, but it says:\n%s", report)
	}

	stop := make(chan struct{})
	go func() { <-stop }()
	if report := before.left(0); !strings.Contains(report, "TestWhatIsLeftIsFound") {
		t.Errorf("a goroutine is not found:\n%s", report)
	}
	close(stop)
	if report := before.left(time.Minute); report != "" {
		t.Errorf("it has ended, but:\n%s", report)
	}

	if runtime.GOOS != "linux" {
		return
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if report := before.left(0); !strings.Contains(report, ": /dev/null") {
		t.Errorf("a descriptor is not found:\n%s", report)
	}
	f.Close()
	if report := before.left(time.Minute); report != "" {
		t.Errorf("it is closed, but:\n%s", report)
	}
}

func TestWhatIsAboutToEndIsWaitedFor(t *testing.T) {
	before := take()
	stop := make(chan struct{})
	go func() { <-stop }()
	time.AfterFunc(50*time.Millisecond, func() { close(stop) })
	if report := before.left(time.Minute); report != "" {
		t.Errorf("it has ended, but:\n%s", report)
	}
}
