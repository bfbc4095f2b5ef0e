package resolve_test

import (
	"bytes"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"awsvault/internal/resolve"
	"awsvault/tests/need"
)

// times returns spellings of one instant, and texts that are not a time.
func times() (good, bad []string) {
	for _, date := range []string{"2026-11-28", "20261128"} {
		for _, clock := range []string{"12:34:56", "123456", "12:34:56.7", "12:34:56.789012345", "12:34:56,7"} {
			for _, sep := range []string{"T", " "} {
				for _, zone := range []string{"Z", " UTC", "UTC", " GMT", "+00:00", "-00:00", "+0000", "+00", " +00:00", " +0000"} {
					good = append(good, date+sep+clock+zone)
				}
			}
		}
	}
	good = append(good, "2026-11-28t12:34:56z", "2026-11-28T14:04:56+01:30", "2026-11-28T14:04:56+0130", "2026-11-28T07:34:56-05",
		"Sat, 28 Nov 2026 12:34:56 GMT", "Sat, 28 Nov 2026 13:34:56 +0100", " 2026-11-28T12:34:56Z ")
	return good, []string{"", "soon", "2026-13-28T12:34:56Z", "2026-11-31T12:34:56Z", "2026-11-28T25:34:56Z", "2026-11-28T12:34:56+99:99", strings.Repeat("1", 4096)}
}

func TestParseTime(t *testing.T) {
	want := time.Date(2026, 11, 28, 12, 34, 56, 0, time.UTC)
	good, bad := times()
	for _, text := range good {
		if got, err := resolve.ParseTime(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	for _, text := range append(bad, "2026-11-28T12:34:56") {
		if got, err := resolve.ParseTime(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
	if got, err := resolve.ParseTime("2026-11-28T12:34Z"); err != nil || !got.Equal(want.Truncate(time.Minute)) {
		t.Errorf("without seconds: %v, %v", got, err)
	}
}

// botocore parses the Expiration in a process's output with dateutil.
func TestParseTimeAgreesWithBotocore(t *testing.T) {
	python := need.Program(t, "python3", "python3-dateutil")
	if err := exec.Command(python, "-c", "import dateutil.parser").Run(); err != nil {
		need.Missing(t, "apt-get install python3-dateutil")
	}
	good, bad := times()
	all := append(good, bad...)
	cmd := exec.Command(python, "-c", `
import sys
from dateutil.parser import parse
for line in sys.stdin.read().split("\0"):
    try:
        t = parse(line)
        print(int(t.timestamp()) if t.tzinfo else "none")
    except Exception:
        print("none")
`)
	cmd.Stdin = strings.NewReader(strings.Join(all, "\x00"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(bytes.TrimSpace(out)), "\n") {
		want := time.Date(2026, 11, 28, 12, 34, 56, 0, time.UTC).Unix()
		if _, err := resolve.ParseTime(all[i]); (line == "none") != (err != nil) {
			t.Errorf("%q: botocore %s, vault %v", all[i], line, err)
		}
		if i < len(good) && line != "none" && line != strconv.FormatInt(want, 10) {
			t.Errorf("%q: botocore reads %s, want %d", all[i], line, want)
		}
	}
}
