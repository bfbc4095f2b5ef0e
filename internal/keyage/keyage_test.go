package keyage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)

const (
	day  = 24 * time.Hour
	id   = "AKIAIOSFODNN7EXAMPLE"
	next = "AKIAIOSFODNN7EXAMPL2"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAges(t *testing.T) {
	ctx := t.Context()
	stored := func(place, name, id string, ago time.Duration) func(dir string) error {
		return func(dir string) error { return Stored(ctx, dir, place, name, id, now.Add(-ago)) }
	}
	created := func(name, id string, ago time.Duration) func(dir string) error {
		return func(dir string) error { return Created(ctx, dir, "file", name, id, now.Add(-ago)) }
	}
	seen := func(name, id string) func(dir string) error {
		return func(dir string) error { return Seen(ctx, dir, "file", name, id) }
	}
	for _, test := range []struct {
		name string
		do   []func(dir string) error
		want string // of jon in the file keystore
	}{
		{"nothing is known", nil, ""},
		{"a key that was stored may be older", []func(string) error{stored("file", "jon", id, 41*day)}, "41d+"},
		{"of today", []func(string) error{stored("file", "jon", id, time.Hour)}, ""},
		{"another name's", []func(string) error{stored("file", "ana", id, day)}, ""},
		{"another keystore's", []func(string) error{stored("pass", "jon", id, day)}, ""},
		{"a key that AWS says the date of", []func(string) error{stored("file", "jon", id, day), created("jon", id, 92*day)}, "92d"},
		{"a key that vault did not store", []func(string) error{created("jon", id, 92*day)}, "92d"},
		{"the same key again", []func(string) error{stored("file", "jon", id, 41*day), stored("file", "jon", id, 0)}, "41d+"},
		{"another key in its place", []func(string) error{stored("file", "jon", id, 41*day), stored("file", "jon", next, 2*day)}, "2d+"},
		{"the same key of another keystore", []func(string) error{stored("pass", "jon", id, 41*day), created("ana", id, 92*day), stored("file", "jon", id, 0)}, "92d"},
		{"the key was seen", []func(string) error{stored("file", "jon", id, 41*day), seen("jon", id)}, "41d+"},
		{"another program has replaced it", []func(string) error{stored("file", "jon", id, 41*day), seen("jon", next)}, ""},
		{"it is removed", []func(string) error{stored("file", "jon", id, 41*day), seen("jon", "")}, ""},
		{"another one is removed", []func(string) error{stored("file", "jon", id, 41*day), seen("ana", "")}, "41d+"},
		{"the clock was in the future", []func(string) error{stored("file", "jon", id, -300*day)}, ""},
		{"and is right again", []func(string) error{stored("file", "jon", id, -300*day), stored("file", "jon", id, day)}, "1d+"},
		{"the clock was never set", []func(string) error{func(dir string) error { return Stored(ctx, dir, "file", "jon", id, time.Unix(1000, 0)) }}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, do := range test.do {
				must(t, do(dir))
			}
			if got := Load(dir).Of("file", "jon").Text(now); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// Two clocks differ by a little, and one that was never set by more.
func TestAKeyOfTheFuture(t *testing.T) {
	if age, least, known := (Since{Created: now.Add(time.Hour)}).Age(now); age != 0 || least || !known {
		t.Errorf("an hour ahead: %v, %v, %v", age, least, known)
	}
	if _, _, known := (Since{Created: now.Add(300 * day)}).Age(now); known {
		t.Error("300 days ahead are believed")
	}
}

// A file that cannot be believed is not known, and is made anew.
func TestAFileThatCannotBeBelieved(t *testing.T) {
	whole := entry{hashOf("file", "jon"), hashOf(id), Since{Stored: now.Add(-day)}}.String()
	for name, text := range map[string]string{
		"nothing":          "",
		"noise":            "\x00\xff\n\n a b c d e\n",
		"half a line":      strings.TrimSuffix(whole, "\n"),
		"no times":         strings.Join(strings.Fields(whole)[:2], " ") + "\n",
		"a time of words":  strings.Join(strings.Fields(whole)[:2], " ") + " today 0\n",
		"a hash cut short": whole[1:],
		"more than fits":   whole + strings.Repeat("x", mostSize),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
			if s := Load(dir).Of("file", "jon"); s != (Since{}) {
				t.Errorf("%v is believed", s)
			}
			must(t, Stored(t.Context(), dir, "file", "jon", id, now))
			if s := Load(dir).Of("file", "jon"); !s.Stored.Equal(now) {
				t.Errorf("%v, want %v", s.Stored, now)
			}
		})
	}
	t.Run("what is whole beside what is not", func(t *testing.T) {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, file), []byte("noise\n"+whole), 0o600))
		if got := Load(dir).Of("file", "jon").Text(now); got != "1d+" {
			t.Errorf("%q", got)
		}
	})
}

// The file tells who reads it neither a name nor the id of a key.
func TestTheFileHasNoNames(t *testing.T) {
	dir := t.TempDir()
	must(t, Stored(t.Context(), dir, "file", "jon", id, now))
	text, err := os.ReadFile(filepath.Join(dir, file))
	must(t, err)
	for _, secret := range []string{"jon", id, "AKIA"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%q has %q", text, secret)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// Nothing is written where nothing changes: a key is read often.
func TestNothingIsWrittenWhereNothingChanges(t *testing.T) {
	dir := t.TempDir()
	must(t, Seen(t.Context(), dir, "file", "jon", id))
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("a look has made %v", files)
	}
	must(t, Created(t.Context(), dir, "file", "jon", id, now))
	before, err := os.Stat(filepath.Join(dir, file))
	must(t, err)
	must(t, Seen(t.Context(), dir, "file", "jon", id))
	must(t, Created(t.Context(), dir, "file", "jon", id, now))
	if after, err := os.Stat(filepath.Join(dir, file)); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was replaced: %v", err)
	}
	must(t, Stored(t.Context(), "", "file", "jon", id, now)) // there is no state directory
}

// Many at once lose no line, and the file stays within its bounds.
func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if err := Stored(context.Background(), dir, "file", fmt.Sprint(i), fmt.Sprint("AKIA", i), now); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(Load(dir).lines); n != 20 {
		t.Errorf("%d of 20 are there", n)
	}
}

func TestTheFileStaysSmall(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i := range most {
		text.WriteString(entry{hashOf(fmt.Sprint(i)), hashOf(id), Since{now, now}}.String())
	}
	if text.Len() > mostSize {
		t.Fatalf("%d bytes, more than are read", text.Len())
	}
	must(t, os.WriteFile(filepath.Join(dir, file), []byte(text.String()), 0o600))
	must(t, Stored(t.Context(), dir, "file", "jon", next, now))
	b := Load(dir)
	if len(b.lines) != most || b.lines[0].name != hashOf("1") || b.Of("file", "jon").Stored.IsZero() {
		t.Errorf("%d lines", len(b.lines))
	}
}
