package browser

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"awsvault/internal/fault"
)

// visit requests the page like a browser, but follows no redirect.
func visit(page string) {
	client := &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if resp, err := client.Get(page); err == nil {
		resp.Body.Close()
	}
}

func TestDeliver(t *testing.T) {
	ended := func(err error) <-chan error {
		c := make(chan error, 1)
		c <- err
		return c
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name  string
		ctx   context.Context
		start func(page string) (Started, error)
		limit time.Duration
		says  string
		hint  bool
	}{
		{"the browser comes", t.Context(), func(page string) (Started, error) {
			go visit(page)
			return Started{Program: "firefox"}, nil
		}, time.Minute, "", false},
		{"what was started ends, and the browser that runs comes", t.Context(), func(page string) (Started, error) {
			go visit(page)
			return Started{"firefox", ended(nil)}, nil
		}, time.Minute, "", false},
		{"it cannot be started", t.Context(), func(string) (Started, error) { return Started{}, errors.New("start firefox: not executable") }, time.Minute, "start firefox: not executable", false},
		{"it fails", t.Context(), func(string) (Started, error) { return Started{"firefox", ended(errors.New("exit status 1"))}, nil }, time.Minute,
			"firefox did not open the page: exit status 1", true},
		{"it never comes", t.Context(), func(string) (Started, error) { return Started{Program: "firefox"}, nil }, time.Nanosecond,
			"firefox did not open the page within 0s", true},
		{"the person gives up", cancelled, func(string) (Started, error) { return Started{Program: "firefox"}, nil }, time.Minute, context.Canceled.Error(), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Delivery{Start: test.start, Limit: test.limit}.Deliver(test.ctx, secret)
			says := ""
			if err != nil {
				says = err.Error()
			}
			if says != test.says || (fault.HintOf(err) != "") != test.hint {
				t.Errorf("it says %q, hint %q; want %q", says, fault.HintOf(err), test.says)
			}
		})
	}
}

// If others can see the arguments of programs, the browser is started with a file. The file is
// removed afterwards.
func TestDeliverByAFile(t *testing.T) {
	dir, opened := t.TempDir(), ""
	d := Delivery{File: true, Dir: dir, Limit: time.Nanosecond, Start: func(page string) (Started, error) {
		opened = page
		text, err := os.ReadFile(strings.TrimPrefix(page, "file://"))
		if err != nil || !strings.Contains(string(text), "http://127.0.0.1:") || strings.Contains(string(text), "secret") {
			t.Errorf("the file has %q, %v", text, err)
		}
		return Started{Program: "open"}, nil
	}}
	if err := d.Deliver(t.Context(), secret); err == nil || !strings.HasPrefix(opened, "file://"+dir) {
		t.Errorf("it was started with %q: %v", opened, err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	d.Dir = dir + "/missing"
	if err := d.Deliver(t.Context(), secret); err == nil || err.Error() != "write a page for the browser: no such file or directory" {
		t.Errorf("without a directory for the file: %v", err)
	}
}

// The page of a sign-in stays until the sign-in has ended.
func TestOpenDoesNotWait(t *testing.T) {
	opened := ""
	d := Delivery{Start: func(page string) (Started, error) {
		opened = page
		return Started{Program: "firefox"}, nil
	}}
	done := d.Open(secret)
	if done == nil || strings.Contains(opened, "secret") {
		t.Fatalf("it was started with %q", opened)
	}
	if status, to, _ := get(t, "GET", opened, nil); status != 303 || to != secret {
		t.Errorf("the page answers %d %s", status, to)
	}
	done()
	if _, err := http.Get(opened); err == nil {
		t.Error("the page is there afterwards")
	}
	d.Start = func(string) (Started, error) { return Started{}, errors.New("no") }
	if d.Open(secret) != nil {
		t.Error("a browser that cannot be started")
	}
}
