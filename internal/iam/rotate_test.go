package iam_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"awsvault/internal/iam"
	"awsvault/tests/awsfake"
)

// journal is a keystore that can fail: at the nth call of a method.
type journal struct {
	record    *iam.Rotation
	installed iam.Credentials
	fail      string // "record 2"
	count     map[string]int
}

var errDisk = errors.New("the disk is full")

func (j *journal) step(name string) error {
	j.count[name]++
	if j.fail == fmt.Sprintf("%s %d", name, j.count[name]) {
		return errDisk
	}
	return nil
}

func (j *journal) Record(_ context.Context, r iam.Rotation) error {
	if err := j.step("record"); err != nil {
		return err
	}
	j.record = &r
	return nil
}

func (j *journal) Install(_ context.Context, r iam.Rotation) error {
	if err := j.step("install"); err != nil {
		return err
	}
	j.installed = r.New
	return nil
}

func (j *journal) Forget(context.Context) error {
	if err := j.step("forget"); err != nil {
		return err
	}
	j.record = nil
	return nil
}

// place is an AWS with a user that has one key, and a job to rotate it.
type place struct {
	fake *awsfake.Server
	user *awsfake.User
	old  iam.Credentials
	j    *journal
	job  iam.Job
	said []string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	fake := awsfake.Start(t, awsfake.Options{})
	user := fake.Account("111122223333").AddUser("jon")
	key := user.AddKey()
	p := &place{fake: fake, user: user, old: iam.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}, j: &journal{count: map[string]int{}}}
	p.job = iam.Job{
		ARN: user.ARN(), Journal: p.j, Client: p.client,
		Whose: func(ctx context.Context, key iam.Credentials) (string, error) {
			// A call that every key may make, in place of GetCallerIdentity.
			c, _ := p.client(ctx, key, false)
			_, err := c.LastUsed(ctx, key.AccessKeyID)
			return user.ARN(), err
		},
		Now: time.Now, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Say: func(text string) { p.said = append(p.said, text) },
	}
	return p
}

func (p *place) client(_ context.Context, key iam.Credentials, _ bool) (*iam.Client, error) {
	return &iam.Client{URL: p.fake.URL, Region: "us-east-1", HTTP: http.DefaultClient, Now: time.Now, Sleep: p.job.Sleep, Credentials: key}, nil
}

// A keystore that fails at any point leaves a stored key that works, and no key
// that nobody has; the same rotation can be gone on with.
func TestKeystoreFails(t *testing.T) {
	for _, test := range []struct {
		fail   string
		stands string
		keys   int  // at AWS
		resume bool // the record has the new key
	}{
		{"record 1", "nothing was changed: the rotation cannot be recorded: the disk is full", 1, false},
		{"record 2", "nothing was changed: the new key could not be stored, and is deleted again: the disk is full", 1, false},
		{"install 1", "the new key NEW works, but could not be stored in place of the old one, which works too: the disk is full", 2, true},
		{"forget 1", "the new key NEW is stored and works, and the old one is deleted; only the record of the rotation is left: the disk is full", 1, true},
	} {
		t.Run(test.fail, func(t *testing.T) {
			p := newPlace(t)
			p.j.fail = test.fail
			r, err := p.job.Begin(context.Background(), p.old, nil)
			if got := strings.ReplaceAll(fmt.Sprint(err), r.New.AccessKeyID, "NEW"); got != test.stands && (r.New.AccessKeyID != "" || fmt.Sprint(err) != test.stands) {
				t.Errorf("it says\n%v, want\n%s", err, test.stands)
			}
			if !errors.Is(err, errDisk) {
				t.Errorf("the cause is lost: %v", err)
			}
			stored := p.old
			if p.j.installed.AccessKeyID != "" {
				stored = p.j.installed
			}
			keys := p.user.Keys()
			if len(keys) != test.keys || keys[stored.AccessKeyID] != "Active" {
				t.Errorf("AWS has %v, %s is stored", keys, stored.AccessKeyID)
			}
			if (p.j.record != nil && p.j.record.New.AccessKeyID != "") != test.resume {
				t.Errorf("the record is %v", p.j.record)
			}
			if !test.resume {
				return
			}
			if err := p.job.Finish(context.Background(), *p.j.record); err != nil {
				t.Fatal(err)
			}
			if keys := p.user.Keys(); len(keys) != 1 || keys[p.j.installed.AccessKeyID] != "Active" || p.j.record != nil {
				t.Errorf("AWS has %v, %s is stored, the record is %v", keys, p.j.installed.AccessKeyID, p.j.record)
			}
		})
	}
}

// A new key that can neither be stored nor deleted is named.
func TestKeystoreAndDeletionFail(t *testing.T) {
	p := newPlace(t)
	p.j.fail = "record 2"
	p.fake.Deny(awsfake.Denial{Principal: p.user.ARN(), Action: "iam:DeleteAccessKey"})
	r, err := p.job.Begin(context.Background(), p.old, nil)
	var stands *iam.StandsError
	if !errors.As(err, &stands) || !strings.Contains(err.Error(), r.New.AccessKeyID+" could not be stored, and not be deleted (DeleteAccessKey: AccessDenied") ||
		stands.Next != "%s --delete-key="+r.New.AccessKeyID {
		t.Errorf("it says %v", err)
	}
	if p.user.Keys()[p.old.AccessKeyID] != "Active" {
		t.Error("the old key does not work any more")
	}
}

// A key that turns out to be somebody else's is not stored.
func TestKeyOfSomebodyElse(t *testing.T) {
	p := newPlace(t)
	p.job.Whose = func(context.Context, iam.Credentials) (string, error) {
		return "arn:aws:iam::111122223333:user/eve", nil
	}
	now := time.Now()
	p.job.Now = func() time.Time { now = now.Add(time.Minute); return now }
	_, err := p.job.Begin(context.Background(), p.old, nil)
	if err == nil || !strings.Contains(err.Error(), "it is the key of arn:aws:iam::111122223333:user/eve and not of "+p.user.ARN()) {
		t.Errorf("it says %v", err)
	}
	if p.j.installed.AccessKeyID != "" || len(p.user.Keys()) != 2 || p.j.record == nil {
		t.Errorf("%s is stored, AWS has %v", p.j.installed.AccessKeyID, p.user.Keys())
	}
}

// Ctrl-C while the key is created does not lose it.
func TestInterruptedCreation(t *testing.T) {
	p := newPlace(t)
	ctx, cancel := context.WithCancel(context.Background())
	p.fake.Arm(awsfake.Fault{Operation: "CreateAccessKey", Delay: 200 * time.Millisecond})
	time.AfterFunc(100*time.Millisecond, cancel)
	_, err := p.job.Begin(ctx, p.old, nil)
	if !errors.Is(err, context.Canceled) || p.j.record == nil || p.user.Keys()[p.j.record.New.AccessKeyID] != "Active" {
		t.Fatalf("%v; the record is %v, AWS has %v", err, p.j.record, p.user.Keys())
	}
}

// A list of keys is read to its end, and what a proxy says is no answer of IAM's.
func TestClient(t *testing.T) {
	page := 0
	answers := []string{
		"<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata><member><AccessKeyId>AKIA1</AccessKeyId><Status>Active</Status><CreateDate>2024-01-02T03:04:05Z</CreateDate></member></AccessKeyMetadata><IsTruncated>true</IsTruncated><Marker>m</Marker></ListAccessKeysResult></ListAccessKeysResponse>",
		"<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata><member><AccessKeyId>AKIA2</AccessKeyId><Status>Inactive</Status><CreateDate>2024-01-02T03:04:05Z</CreateDate></member></AccessKeyMetadata><IsTruncated>false</IsTruncated></ListAccessKeysResult></ListAccessKeysResponse>",
		"<html>no", "<html>no", "<html>no", "<html>no",
	}
	c := &iam.Client{URL: "http://iam.example", Region: "us-east-1", Now: time.Now, Credentials: iam.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "hush"},
		Sleep: func(context.Context, time.Duration) error { return nil },
		HTTP: &http.Client{Transport: trip(func(r *http.Request) *http.Response {
			status := 200
			if page > 1 {
				status = 403
			}
			resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: body{strings.NewReader(answers[page])}}
			page++
			return resp
		})}}
	keys, err := c.Keys(context.Background())
	if err != nil || len(keys) != 2 || !keys[0].Active || keys[1].Active || keys[1].Created.Year() != 2024 {
		t.Errorf("%+v, %v", keys, err)
	}
	if _, err := c.Keys(context.Background()); err == nil || err.Error() != "ListAccessKeys: HTTP 403: the answer is not IAM's" {
		t.Errorf("a proxy's answer is %v", err)
	}
}

type trip func(*http.Request) *http.Response

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

type body struct{ *strings.Reader }

func (body) Close() error { return nil }

func TestSecretsAreNotPrinted(t *testing.T) {
	c := iam.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "hush", SessionToken: "hush"}
	r := iam.Rotation{New: c}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(format, c) + fmt.Sprintf(format, r); strings.Contains(text, "hush") || strings.Contains(text, "68757368") {
			t.Errorf("%s shows the secret: %s", format, text)
		}
	}
}

// Where the session that IAM is called with ends together with the old key, another one is got.
func TestSessionEndsWithTheOldKey(t *testing.T) {
	p := newPlace(t)
	var asked []bool
	p.job.Client = func(ctx context.Context, key iam.Credentials, refused bool) (*iam.Client, error) {
		asked = append(asked, refused)
		if key == p.old || refused {
			return p.client(ctx, key, refused)
		}
		return p.client(ctx, iam.Credentials{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "x", SessionToken: "ended"}, refused)
	}
	r, err := p.job.Begin(context.Background(), p.old, nil)
	if keys := p.user.Keys(); err != nil || len(keys) != 1 || keys[r.New.AccessKeyID] != "Active" {
		t.Errorf("%v; AWS has %v", err, keys)
	}
	if got := fmt.Sprint(asked); got != "[false false true false true]" {
		t.Errorf("credentials were asked for as %s", got)
	}
}
