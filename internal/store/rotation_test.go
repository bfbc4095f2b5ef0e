package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
)

// A rotation is stored beside the keys but is not one of them. aws-vault can read the new key
// in it.
func TestRotation(t *testing.T) {
	ctx := context.Background()
	s := Open(Settings{Backend: "file", FileDir: t.TempDir(), StateDir: t.TempDir(), Now: time.Now,
		Passphrase: func(context.Context, string) (string, error) { return "x", nil }})
	if err := s.PutKeys(ctx, "team/dev", aws.Credentials{AccessKeyID: "AKIA1", SecretAccessKey: "one"}); err != nil {
		t.Fatal(err)
	}
	want := Rotation{Name: "team/dev", Started: time.Unix(1795352400, 0).UTC(), Old: "AKIA1", Before: []string{"AKIA1"}}
	for _, key := range []aws.Credentials{{}, {AccessKeyID: "AKIA2", SecretAccessKey: "two"}} {
		want.New = key
		if err := s.PutRotation(ctx, want); err != nil {
			t.Fatal(err)
		}
		got, err := s.Rotation(ctx, "team/dev")
		if err != nil || !cmp.Equal(want, got) {
			t.Errorf("%v, want %v, %v", got, want, err)
		}
	}
	names, err := s.Names(ctx)
	if err != nil || !cmp.Equal(names, []string{"team/dev"}) {
		t.Errorf("stored keys are %v, %v", names, err)
	}
	rotations, err := s.Rotations(ctx)
	if err != nil || !cmp.Equal(rotations, []string{"team/dev"}) {
		t.Errorf("rotations are %v, %v", rotations, err)
	}
	if n, err := s.RemoveSessions(ctx, ""); n != 0 || err != nil {
		t.Errorf("it was removed as one of %d sessions, %v", n, err)
	}

	_, opened, err := s.keystore(ctx)
	if err != nil {
		t.Fatal(err)
	}
	item, err := opened.get(ctx, "team/dev (vault rotate)")
	if err != nil {
		t.Fatal(err)
	}
	if key, err := parseKeys(item); err != nil || key != want.New || item.Label != "aws-vault (team/dev (vault rotate))" {
		t.Errorf("as keys it is %v, %v, %q", key, err, item.Label)
	}
	if err := s.PutKeys(ctx, "x (vault rotate)", want.New); err == nil {
		t.Error("keys can have the name of a rotation")
	}
	for range 2 {
		if err := s.RemoveRotation(ctx, "team/dev"); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Rotation(ctx, "team/dev"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after it was removed: %v", err)
	}
}
