package vault_test

import (
	"context"
	"strings"
	"testing"

	"awsvault/internal/aws"
	"awsvault/internal/vault"
)

type empty struct{ c aws.Credentials }

// Credentials answers at once.
func (e empty) Credentials(context.Context, vault.Request) (aws.Credentials, error) {
	return e.c, nil
}

// A source that delivers half a key or nothing is an error. Otherwise a program would use
// whatever else it finds.
func TestNoSourceDeliversNothing(t *testing.T) {
	for _, c := range []aws.Credentials{{}, {AccessKeyID: "ASIAX"}, {SecretAccessKey: "x", SessionToken: "t"}} {
		w := newWorld(t)
		w.role = empty{c}
		err := w.fails("foo-readonly")
		if !strings.Contains(err.Error(), "it delivered no credentials") {
			t.Errorf("got %v", err)
		}
		if len(w.cache.sessions) != 0 {
			t.Errorf("%v is kept", w.cache.sessions)
		}
	}
}
