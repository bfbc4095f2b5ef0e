package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var secrets = Credentials{
	AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG", SessionToken: "FwoGZXIvYXdzEXAMPLE",
	Expires: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
}

const shownSecrets = "credentials AKIA…MPLE"

// These are all verbs of fmt, with all flags that change how a struct is printed. The
// exceptions are %p and %w with a value, for which fmt calls no Formatter. go vet, which every
// landing runs, refuses both.
func TestCredentialsShowNoSecretUnderAnyVerb(t *testing.T) {
	for _, verb := range "vTtbcdoOqxXUeEfFgGs!" {
		for _, flag := range []string{"", "+", "#", "-", " ", "0", "40", ".3"} {
			format := "%" + flag + string(verb)
			for _, value := range []any{secrets, &secrets, struct{ C Credentials }{secrets}, []Credentials{secrets}, map[string]Credentials{"a": secrets}} {
				text := fmt.Sprintf(format, value)
				for _, secret := range []string{secrets.SecretAccessKey, secrets.SessionToken, fmt.Sprintf("%x", secrets.SecretAccessKey), fmt.Sprintf("%X", secrets.SessionToken)} {
					if strings.Contains(text, secret) {
						t.Errorf("%s of %T shows %s", format, value, text)
					}
				}
			}
			if verb != 'T' {
				if got := fmt.Sprintf(format, secrets); got != shownSecrets {
					t.Errorf("%s: got %q, want %q", format, got, shownSecrets)
				}
			}
		}
	}
}

func TestCredentialsShowNoSecretInLogsAndDocuments(t *testing.T) {
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("got", "direct", secrets, "pointer", &secrets, "inside", struct{ C Credentials }{secrets})
	}
	document, err := json.Marshal(map[string]any{"a": secrets, "b": &secrets, "c": struct{ Credentials }{secrets}, "d": []Credentials{secrets}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := secrets.MarshalText()
	if err != nil || string(text) != shownSecrets {
		t.Errorf("MarshalText: %q, %v", text, err)
	}
	if n := strings.Count(string(document), shownSecrets); n != 4 {
		t.Errorf("the document names the key %d times, want 4: %s", n, document)
	}
	if n := strings.Count(log.String(), shownSecrets); n < 4 {
		t.Errorf("the log names the key %d times: %s", n, log.String())
	}
	for _, text := range []string{log.String(), string(document), fmt.Errorf("wrapped: %w", errors.New(secrets.String())).Error()} {
		if strings.Contains(text, secrets.SecretAccessKey) || strings.Contains(text, secrets.SessionToken) {
			t.Errorf("a secret in %s", text)
		}
	}
}

func TestCredentialsOfAnIDThatIsNone(t *testing.T) {
	for id, want := range map[string]string{"": "credentials", "secret": "credentials …", "elevenchars": "credentials …", "twelve_chars": "credentials twel…hars"} {
		if got := (Credentials{AccessKeyID: id}).String(); got != want {
			t.Errorf("%q: got %q, want %q", id, got, want)
		}
	}
}

// together returns the text of an ARN.
func together(a ARN) string {
	return strings.Join([]string{"arn", a.Partition, a.Service, a.Region, a.Account, a.Resource}, ":")
}

func TestARNs(t *testing.T) {
	type facts struct {
		Kind, Name, Short, Role, Assumed, Session, User string
		Root, IAM, STS                                  bool
	}
	for text, want := range map[string]facts{
		"arn:aws:iam::111122223333:role/reader":                     {Kind: "role", Name: "reader", Short: "role/reader", Role: "reader", IAM: true},
		"arn:aws-cn:iam::111122223333:role/a/b/reader":              {Kind: "role", Name: "reader", Short: "role/reader", Role: "reader", IAM: true},
		"arn:aws:sts::111122223333:assumed-role/reader/ana@b.c":     {Kind: "assumed-role", Name: "ana@b.c", Short: "role/reader", Assumed: "reader", Session: "ana@b.c", STS: true},
		"arn:aws:iam::111122223333:user/team/ana":                   {Kind: "user", Name: "ana", Short: "user/ana", User: "ana", IAM: true},
		"arn:aws:iam::111122223333:root":                            {Kind: "root", Name: "root", Short: "root", Root: true, IAM: true},
		"arn:aws:iam::111122223333:mfa/ana":                         {Kind: "mfa", Name: "ana", Short: "mfa/ana", IAM: true},
		"arn:aws:sts::111122223333:federated-user/ana":              {Kind: "federated-user", Name: "ana", Short: "federated-user/ana", STS: true},
		"arn:aws:iam::111122223333:role/":                           {Kind: "role", Short: "role/", IAM: true},
		"arn:aws:iam::111122223333:role//x":                         {Kind: "role", Name: "x", Short: "role/x", IAM: true},
		"arn:aws:iam::111122223333:role/a//x":                       {Kind: "role", Name: "x", Short: "role/x", IAM: true},
		"arn:aws:iam::111122223333:role/a:b":                        {Kind: "role", Name: "a:b", Short: "role/a:b", IAM: true},
		"arn:aws:sts::111122223333:assumed-role/reader":             {Kind: "assumed-role", Name: "reader", Short: "role/reader", STS: true},
		"arn:aws:iam:eu-west-1:111122223333:role/r":                 {Kind: "role", Name: "r", Short: "role/r", Role: "r"},
		"arn:amazon:iam::111122223333:role/r":                       {Kind: "role", Name: "r", Short: "role/r", Role: "r"},
		"arn:aws-x-:iam::111122223333:role/r":                       {Kind: "role", Name: "r", Short: "role/r", Role: "r"},
		"arn:aws:iam:::role/r":                                      {Kind: "role", Name: "r", Short: "role/r", Role: "r"},
		"arn:aws:s3:::bucket/key":                                   {Kind: "bucket", Name: "key", Short: "bucket/key"},
		"arn:aws:iam::111122223333:role/" + strings.Repeat("a", 65): {Kind: "role", Name: strings.Repeat("a", 65), Short: "role/" + strings.Repeat("a", 65), IAM: true},
	} {
		a, ok := ParseARN(text)
		if !ok || together(a) != text {
			t.Errorf("%s: got %v, %t", text, a, ok)
		}
		got := facts{Kind: a.Kind(), Name: a.Name(), Short: a.Short(), Root: a.IsRoot()}
		got.Role, ok = a.RoleName()
		if !ok {
			got.Role = ""
		}
		got.Assumed, got.Session, _ = a.AssumedRole()
		if got.User, ok = a.UserName(); !ok {
			got.User = ""
		}
		_, got.IAM = ParseGlobalARN(text, "iam")
		_, got.STS = ParseGlobalARN(text, "sts")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", text, diff)
		}
	}
}

func TestWhatIsNoARN(t *testing.T) {
	for _, text := range []string{
		"", "arn", "arn:aws:iam::111122223333", "urn:aws:iam::111122223333:role/r", "arn:aws:iam::11112222333:role/r", "arn:aws:iam::11112222333x:role/r",
		"arn:aws:iam::111122223333:role/a b", "arn:aws:iam::111122223333:role/a\x1b[31m", "arn:aws:iam::111122223333:role/é",
		"arn:aws:iam::111122223333:role/" + strings.Repeat("a", longestARN),
	} {
		if a, ok := ParseARN(text); ok || a != (ARN{}) {
			t.Errorf("%q: got %v, %t", text, a, ok)
		}
	}
}

func TestARNsAreTakenApartWithoutAPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`(arn|x):(aws|aws-cn|):[a-z]*:[a-z-]*:([0-9]{12}|[0-9]*):(role|user|assumed-role|root|)[/a-z:]*`).Draw(t, "arn")
		if a, ok := ParseARN(text); ok {
			if together(a) != text {
				t.Fatalf("%q became %v", text, a)
			}
			a.Short()
			a.RoleName()
			a.UserName()
			a.AssumedRole()
		}
	})
}
