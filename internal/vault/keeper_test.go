package vault

import (
	"context"
	"errors"
	"testing"

	"awsvault/internal/aws"
)

// liar is a keystore that returns arbitrary answers.
type liar struct {
	Keeper
	put, answers aws.Credentials
	fails        error
}

func (l *liar) PutKeys(_ context.Context, _ string, c aws.Credentials) error { l.put = c; return nil }

func (l *liar) Keys(context.Context, string) (aws.Credentials, error) { return l.answers, l.fails }

// Vault reads a stored key back before it continues, because it then deletes the replaced key
// or the file of origin.
func TestWhatIsStoredIsReadBack(t *testing.T) {
	stored := aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "right"}
	gone := errors.New("not found")
	const differs = `keys of "dev": the keystore did not return what was stored`
	for _, test := range []struct {
		name    string
		answers aws.Credentials
		fails   error
		want    string
	}{
		{"as it was stored", stored, nil, ""},
		{"another secret", aws.Credentials{AccessKeyID: stored.AccessKeyID, SecretAccessKey: "wrong"}, nil, differs},
		{"another id", aws.Credentials{AccessKeyID: "AKIAI44QH8DHBEXAMPLE", SecretAccessKey: "right"}, nil, differs},
		{"cut short", aws.Credentials{AccessKeyID: stored.AccessKeyID, SecretAccessKey: "righ"}, nil, differs},
		{"a session", aws.Credentials{AccessKeyID: stored.AccessKeyID, SecretAccessKey: "right", SessionToken: "token"}, nil, differs},
		{"nothing", aws.Credentials{}, nil, differs},
		{"an error", stored, gone, "not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := &liar{answers: test.answers, fails: test.fails}
			err := putKeys(t.Context(), l, "dev", stored)
			if got := text(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if l.put != stored {
				t.Errorf("stored was %v", l.put)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
