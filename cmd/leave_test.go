package cmd

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/renew"
)

// What each command is given, in the words of a command line.
func TestEndingOf(t *testing.T) {
	for line, want := range map[string]ending{
		"":                {},
		"use dev":         {},
		"serve dev":       {},
		"exec dev prompt": {},
		"prompt":          {limit: renew.Patience + time.Second, signal: true},
		"__renew":         {limit: time.Minute, signal: true},
	} {
		want.grace, want.same = time.Second, 100*time.Millisecond
		if got := endingOf(strings.Fields(line)); got != want {
			t.Errorf("%q: %+v, want %+v", line, got, want)
		}
	}
}

// Work that does not end, as in a system call that does not return, is left behind.
func TestWorkThatIsStuck(t *testing.T) {
	const soon, never = 20 * time.Millisecond, time.Hour
	none, one, two := []time.Duration{}, []time.Duration{0}, []time.Duration{0, time.Second}
	for _, test := range []struct {
		name    string
		e       ending
		signals []time.Duration // when they come, by the clock of the app
		heeds   bool            // the work ends when its context does
		want    int
		says    string
	}{
		{"its time is over", ending{limit: soon, grace: never}, none, false, 1, "vault: gave up: "},
		{"one signal, and it heeds it", ending{grace: never}, one, true, 7, ""},
		{"two signals, and it heeds the first", ending{grace: 5 * time.Second}, two, true, 7, ""},
		{"two signals", ending{grace: soon}, two, false, 130, ""},
		{"one signal where one is enough", ending{limit: never, grace: soon, signal: true}, one, false, 130, ""},
		{"the same signal twice, and then its time is over", ending{limit: 10 * soon, grace: soon, same: 2 * time.Second}, two, false, 1, "vault: gave up: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			stderr, err := os.CreateTemp(t.TempDir(), "stderr")
			if err != nil {
				t.Fatal(err)
			}
			defer stderr.Close()
			now := make(chan time.Time, len(test.signals))
			signals := make(chan os.Signal, len(test.signals))
			for _, at := range test.signals {
				now <- time.Unix(1000, 0).Add(at)
				signals <- syscall.SIGTERM
			}
			a := &App{World: &front.World{Stderr: stderr, Now: func() time.Time { return <-now }}}
			a.ctx, a.cancel = context.WithCancel(t.Context())
			release := make(chan struct{})
			defer close(release)
			got := a.bounded(signals, test.e, func() int {
				if test.heeds {
					<-a.ctx.Done()
					return 7
				}
				<-release
				return 9
			})
			said, _ := os.ReadFile(stderr.Name())
			if got != test.want || !strings.HasPrefix(string(said), test.says) || test.says == "" && len(said) > 0 {
				t.Errorf("status %d, %q; want %d, %q", got, said, test.want, test.says)
			}
			if len(test.signals) > 0 && a.ctx.Err() == nil {
				t.Error("the context lives on")
			}
		})
	}
}
