package cmd

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"awsvault/internal/ending"
	"awsvault/internal/process"
	"awsvault/internal/renew"
)

// What each command is given, in the words of a command line.
func TestEndingOf(t *testing.T) {
	for line, want := range map[string]ending.Ending{
		"":                {},
		"use dev":         {},
		"serve dev":       {},
		"exec dev prompt": {Grace: process.EndsBy + time.Second}, // what runs for many profiles is ended before
		"prompt":          {Limit: renew.Patience + time.Second, Signal: true},
		"__renew":         {Limit: time.Minute, Signal: true},
	} {
		want.Grace, want.Same = cmp.Or(want.Grace, time.Second), 100*time.Millisecond
		if got := endingOf(strings.Fields(line)); got != want {
			t.Errorf("%q: %+v, want %+v", line, got, want)
		}
	}
}
