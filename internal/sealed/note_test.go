package sealed_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"awsvault/internal/sealed"
)

func TestANoteLivesAsLongAsItsSession(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, time.Hour)
	w.put(t, 2, time.Hour)
	for _, word := range []string{"one", "two", "one"} {
		if err := w.open().Note(t.Context(), key(1), word); err != nil {
			t.Fatal(err)
		}
	}
	w.want(t, 1, true)
	w.want(t, 2, true)
	for _, c := range []struct {
		session int
		word    string
		want    bool
	}{{1, "one", true}, {1, "two", true}, {1, "on", false}, {2, "one", false}, {3, "one", false}} {
		if got := w.open().Noted(key(c.session), c.word); got != c.want {
			t.Errorf("%q of session %d: %v", c.word, c.session, got)
		}
	}
	if live, err := w.open().Sessions(); err != nil || len(live) != 2 {
		t.Errorf("%d sessions are listed (%v)", len(live), err)
	}

	w.put(t, 1, 2*time.Hour) // the session of the next day
	if w.open().Noted(key(1), "one") {
		t.Error("the next session has the notes of the one before")
	}
	if err := w.open().Note(t.Context(), key(3), "one"); !errors.Is(err, sealed.ErrMissing) {
		t.Errorf("a note without a session: %v", err)
	}
	if err := w.open().Note(t.Context(), key(2), "one"); err != nil {
		t.Fatal(err)
	}
	w.kernel.forget()
	if w.open().Noted(key(2), "one") {
		t.Error("a note is read without the kernel's key")
	}
}

func TestNotesHaveAnEnd(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, time.Hour)
	c := w.open()
	var err error
	for n := 0; n < 1000 && err == nil; n++ {
		err = c.Note(context.Background(), key(1), time.Duration(n).String())
	}
	if err == nil {
		t.Error("a session takes a thousand notes")
	}
	w.want(t, 1, true)
}
