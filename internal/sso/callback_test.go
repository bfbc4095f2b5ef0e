package sso

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The first answer counts. A second tab gets a message and changes nothing.
func TestASecondTab(t *testing.T) {
	b, err := listen("the-state", false)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	get := func(method, query string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(method, b.url+"?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if h := resp.Header; h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" || strings.Contains(string(text), "the-code") {
			t.Errorf("%v %s", h, text)
		}
		return resp.StatusCode, string(text)
	}
	for _, step := range []struct {
		method, query, says string
		status              int
	}{
		{"POST", "state=the-state&code=posted", "nothing here", 405},
		{"GET", "state=&code=empty", "not the sign-in", 400},
		{"GET", "code=none", "not the sign-in", 400},
		{"GET", "state=the-state&code=the-code", "You are signed in", 200},
		{"GET", "state=the-state&code=second", "done already", 410},
		{"GET", "state=the-state&error=access_denied", "done already", 410},
	} {
		if status, text := get(step.method, step.query); status != step.status || !strings.Contains(text, step.says) {
			t.Errorf("%s ?%s: %d %s", step.method, step.query, status, text)
		}
	}
	if code, err := b.wait(t.Context(), time.Minute); code != "the-code" || err != nil {
		t.Errorf("%q, %v", code, err)
	}
	if _, err := b.wait(t.Context(), time.Millisecond); err == nil || err.Error() != "no sign-in within 1ms" {
		t.Errorf("a second answer: %v", err)
	}
}
