package vault

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

var revokedAt = time.Date(2026, 11, 29, 2, 0, 0, 0, time.UTC)

func TestThePolicyThatDeniesRevokedSessions(t *testing.T) {
	hour := func(n int) time.Time { return revokedAt.Add(time.Duration(n) * time.Hour) }
	users := func(pairs ...any) map[string]time.Time {
		m := map[string]time.Time{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = hour(pairs[i+1].(int))
		}
		return m
	}
	for _, test := range []struct {
		name   string
		before Revoked
		at     int
		add    []string
		want   Revoked
	}{
		{"the first", Revoked{}, 0, []string{"AROA1:a"}, Revoked{Users: users("AROA1:a", 0)}},
		{"two names at once", Revoked{}, 0, []string{"AROA1:b", "AROA1:a"}, Revoked{Users: users("AROA1:a", 0, "AROA1:b", 0)}},
		{"again, later", Revoked{Users: users("AROA1:a", 0)}, 1, []string{"AROA1:a"}, Revoked{Users: users("AROA1:a", 1)}},
		{"never earlier than it was", Revoked{Users: users("AROA1:a", 1)}, 0, []string{"AROA1:a"}, Revoked{Users: users("AROA1:a", 1)}},
		{"another one stays", Revoked{Users: users("AROA1:b", 0)}, 12, []string{"AROA1:a"}, Revoked{Users: users("AROA1:b", 0, "AROA1:a", 12)}},
		{"what has expired goes", Revoked{Everyone: hour(0), Users: users("AROA1:b", 0)}, 13, []string{"AROA1:a"}, Revoked{Users: users("AROA1:a", 13)}},
		{"everyone", Revoked{Users: users("AROA1:b", 0)}, 1, nil, Revoked{Everyone: hour(1)}},
		{"after everyone", Revoked{Everyone: hour(0)}, 1, []string{"AROA1:a"}, Revoked{Everyone: hour(0), Users: users("AROA1:a", 1)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.before.With(hour(test.at), hour(test.at), test.add...)
			if !got.Everyone.Equal(test.want.Everyone) || !maps.Equal(got.Users, test.want.Users) && len(got.Users)+len(test.want.Users) > 0 {
				t.Fatalf("got %v, want %v", got, test.want)
			}
			document, err := got.Document()
			if err != nil {
				t.Fatal(err)
			}
			back, err := ParseRevoked(strings.ReplaceAll(document, ",", " ,\n\t"))
			if err != nil || !back.Everyone.Equal(got.Everyone) || !maps.Equal(back.Users, got.Users) && len(got.Users) > 0 {
				t.Errorf("read back: %v, %v\n%s", back, err, document)
			}
		})
	}
}

func TestTheTextOfTheRevocationPolicy(t *testing.T) {
	got, err := Revoked{Everyone: revokedAt}.With(revokedAt.Add(time.Second), revokedAt, "AROA1:vault-ana").Document()
	want := `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"AwsVaultRevoked1","Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-11-29T02:00:00Z"}}},` +
		`{"Sid":"AwsVaultRevoked2","Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-11-29T02:00:01Z"},"StringEquals":{"aws:userid":["AROA1:vault-ana"]}}}]}`
	if err != nil || got != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}

func TestAPolicyOfAnotherHandIsNotRead(t *testing.T) {
	ours, err := Revoked{}.With(revokedAt, revokedAt, "AROA1:a", "AROA1:b").Document()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseRevoked(ours); err != nil {
		t.Fatalf("ours: %v", err)
	}
	for name, document := range map[string]string{
		"empty":             "",
		"not JSON":          "deny",
		"no statement":      `{"Version":"2012-10-17","Statement":[]}`,
		"AWS's own":         `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-11-29T02:00:00Z"}}}]}`,
		"another Sid":       strings.Replace(ours, "AwsVaultRevoked1", "Mine", 1),
		"another number":    strings.Replace(ours, "AwsVaultRevoked1", "AwsVaultRevoked7", 1),
		"an Allow":          strings.Replace(ours, "Deny", "Allow", 1),
		"another action":    strings.Replace(ours, `"Action":"*"`, `"Action":"s3:*"`, 1),
		"another resource":  strings.Replace(ours, `"Resource":"*"`, `"Resource":"arn:aws:s3:::b"`, 1),
		"another time":      strings.Replace(ours, "2026-11-29T02:00:00Z", "yesterday", 1),
		"another condition": strings.Replace(ours, `"StringEquals"`, `"StringLike"`, 1),
		"one more field":    strings.Replace(ours, `"Effect"`, `"Principal":"*","Effect"`, 1),
		"an Id":             strings.Replace(ours, `{"Version"`, `{"Id":"x","Version"`, 1),
		"something behind":  ours + "{}",
		"an old version":    strings.Replace(ours, "2012-10-17", "2008-10-17", 1),
		"a user twice":      strings.Replace(ours, "AROA1:b", "AROA1:a", 1),
	} {
		if _, err := ParseRevoked(document); !errors.Is(err, errForeignPolicy) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFullRevocationPolicyIsRefused(t *testing.T) {
	var users []string
	for i := range 300 {
		users = append(users, fmt.Sprintf("AROAEXAMPLE0000000001:vault-a-person-with-a-name-%d", i))
	}
	if _, err := (Revoked{}).With(revokedAt, revokedAt, users...).Document(); !errors.Is(err, errPolicyFull) {
		t.Error(err)
	}
	if document, err := (Revoked{}).With(revokedAt, revokedAt, users[:100]...).Document(); err != nil || policySize(document) > 10240 {
		t.Error(len(document), err)
	}
}
