package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"awsvault/internal/aws"
)

// The age of a key is kept by every way in which a key comes and goes, and is in no item.
func TestHowOldAKeyIs(t *testing.T) {
	ctx, now := context.Background(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	state := t.TempDir()
	open := func(dir string) *Store {
		return Open(Settings{Backend: "file", FileDir: dir, StateDir: state, Now: func() time.Time { return now }, Rounds: 1000,
			Passphrase: func(context.Context, string) (string, error) { return "x", nil }})
	}
	here, there := t.TempDir(), t.TempDir()
	s, other := open(here), open(there)
	put := func(s *Store, name, id string) {
		t.Helper()
		if err := s.PutKeys(ctx, name, aws.Credentials{AccessKeyID: id, SecretAccessKey: "secret"}); err != nil {
			t.Fatal(err)
		}
	}
	is := func(what string, s *Store, name, want string) {
		t.Helper()
		if got := s.Ages(ctx)(name).Text(now); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	put(s, "jon", "AKIA1")
	now = now.AddDate(0, 0, 41)
	is("stored", s, "jon", "41d+")
	put(other, "jon", "AKIA1")
	is("copied to another keystore", other, "jon", "41d+")
	s.KeyCreated(ctx, "jon", "AKIA1", now.AddDate(0, 0, -92))
	is("as AWS says", s, "jon", "92d")
	if _, err := s.Keys(ctx, "jon"); err != nil {
		t.Fatal(err)
	}
	is("read", s, "jon", "92d")
	put(s, "new", "AKIA2")
	now = now.AddDate(0, 0, 2)
	is("another key", s, "new", "2d+")

	// Another program stores another key under the name.
	file := s.where().FileDir
	data, err := os.ReadFile(filepath.Join(file, "new"))
	if err == nil {
		err = os.WriteFile(filepath.Join(file, "jon"), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Keys(ctx, "jon"); err != nil {
		t.Fatal(err)
	}
	is("replaced", s, "jon", "")
	if err := s.RemoveKeys(ctx, "new"); err != nil {
		t.Fatal(err)
	}
	is("removed", s, "new", "")
	c, err := other.Compare(ctx)
	if err != nil || len(c.Ages) != 1 || c.Ages["jon"].Text(now) != "94d" {
		t.Errorf("a comparison has %v, %v", c.Ages, err)
	}
}
