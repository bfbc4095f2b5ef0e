package iam_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/iam"
	"awsvault/tests/awsfake"
)

// journal is a keystore that can fail: at the nth call of a method.
type journal struct {
	record    *iam.Rotation
	installed aws.Credentials
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
	api  *awsapi.Client
	user *awsfake.User
	old  aws.Credentials
	j    *journal
	job  iam.Job
	said []string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	fake := awsfake.Start(t, awsfake.Options{})
	user := fake.Account("111122223333").AddUser("jon")
	key := user.AddKey()
	p := &place{fake: fake, user: user, old: aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}, j: &journal{count: map[string]int{}}}
	p.api = client(http.DefaultClient)
	p.job = iam.Job{
		ARN: user.ARN(), Journal: p.j, Client: p.client,
		Whose: func(ctx context.Context, key aws.Credentials) (string, error) {
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

func (p *place) client(_ context.Context, key aws.Credentials, _ bool) (*iam.Client, error) {
	return &iam.Client{API: p.api, URL: p.fake.URL, Region: "us-east-1", Credentials: key}, nil
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

// CreateAccessKey is repeated only where AWS says that it did nothing: a second key
// whose secret is in no answer would be lost.
func TestCreationIsNotRepeated(t *testing.T) {
	const lost = "the stored key is unchanged and works, but there may be a new one that nobody has: CreateAccessKey: "
	for _, test := range []struct {
		name  string
		fault awsfake.FaultKind
		says  string // the error begins with
		calls int    // of CreateAccessKey
		keys  int    // at AWS, afterwards
		left  bool   // the record of the rotation
	}{
		{"too many calls", awsfake.Throttle, "", 2, 1, false},
		{"a fault of AWS's", awsfake.InternalFailure, lost + "InternalFailure: ", 1, 1, true},
		{"an outage", awsfake.Unavailable, lost + "ServiceUnavailable: ", 1, 1, true},
		{"no answer", awsfake.Drop, lost + "127.0.0.1:", 1, 1, true},
		{"an answer that is lost", awsfake.DropAnswer, lost + "127.0.0.1:", 1, 2, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPlace(t)
			p.fake.Arm(awsfake.Fault{Operation: "CreateAccessKey", Kind: test.fault})
			_, err := p.job.Begin(context.Background(), p.old, nil)
			if test.says == "" && err != nil || test.says != "" && !strings.HasPrefix(fmt.Sprint(err), test.says) {
				t.Errorf("it says %v, want %s", err, test.says)
			}
			calls := 0
			for _, c := range p.fake.Calls() {
				if c.Operation == "CreateAccessKey" {
					calls++
				}
			}
			if calls != test.calls || len(p.user.Keys()) != test.keys || (p.j.record != nil) != test.left {
				t.Errorf("%d calls, AWS has %v, the record is %v", calls, p.user.Keys(), p.j.record)
			}
		})
	}
}

// Where no connection comes about there is no new key, and no record of one.
func TestCreationThatReachesNobody(t *testing.T) {
	p := newPlace(t)
	listed := false
	p.api = client(&http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		if listed {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}
		listed = true
		return http.DefaultTransport.RoundTrip(r)
	})})
	_, err := p.job.Begin(context.Background(), p.old, nil)
	want := "nothing was changed: CreateAccessKey: " + strings.TrimPrefix(p.fake.URL, "http://") + " refused the connection"
	if fmt.Sprint(err) != want || p.j.record != nil || len(p.user.Keys()) != 1 {
		t.Errorf("it says %v, want %s; the record is %v", err, want, p.j.record)
	}
}

// An answer whose key cannot be a key is not stored.
func TestCreationAnswersNonsense(t *testing.T) {
	for _, key := range []string{
		"", "<AccessKeyId>AKIA</AccessKeyId>", "<AccessKeyId>AKIA</AccessKeyId><SecretAccessKey>a&#10;b</SecretAccessKey>",
		"<AccessKeyId>AK IA</AccessKeyId><SecretAccessKey>s</SecretAccessKey>", "<AccessKeyId>AKIA</AccessKeyId><SecretAccessKey>" + strings.Repeat("s", 16<<10+1) + "</SecretAccessKey>",
	} {
		p := newPlace(t)
		asked := 0
		p.api = client(&http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
			if asked++; asked == 1 {
				return http.DefaultTransport.RoundTrip(r)
			}
			text := "<CreateAccessKeyResponse><CreateAccessKeyResult><AccessKey>" + key + "</AccessKey></CreateAccessKeyResult></CreateAccessKeyResponse>"
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
		})})
		_, err := p.job.Begin(context.Background(), p.old, nil)
		const want = "the stored key is unchanged and works, but there may be a new one that nobody has: CreateAccessKey: the answer has no key in it: it may have been carried out all the same"
		if fmt.Sprint(err) != want || p.j.installed.AccessKeyID != "" || asked != 2 {
			t.Errorf("%.60q: it says %v; %s is stored; %d calls", key, err, p.j.installed.AccessKeyID, asked)
		}
	}
}

// A new key is proved three times in a row before it is stored, and three times
// after the old one was deactivated.
func TestProofs(t *testing.T) {
	p := newPlace(t)
	var seen []string
	whose := p.job.Whose
	p.job.Whose = func(ctx context.Context, key aws.Credentials) (string, error) {
		arn, err := whose(ctx, key)
		if len(seen) == 1 { // once it works, and then not yet
			arn, err = "", &awsapi.Error{Op: "GetCallerIdentity", Code: "InvalidClientTokenId", Status: 403}
		}
		stored := "not stored"
		if p.j.installed == key {
			stored = "stored"
		}
		seen = append(seen, fmt.Sprint(stored, " ", err == nil))
		return arn, err
	}
	if _, err := p.job.Begin(context.Background(), p.old, nil); err != nil {
		t.Fatal(err)
	}
	want := "not stored true, not stored false, not stored true, not stored true, not stored true, stored true, stored true, stored true"
	if got := strings.Join(seen, ", "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// A key that turns out to be somebody else's is not stored.
func TestKeyOfSomebodyElse(t *testing.T) {
	p := newPlace(t)
	p.job.Whose = func(context.Context, aws.Credentials) (string, error) {
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

// client calls through h, and waits for nothing.
func client(h *http.Client) *awsapi.Client {
	return &awsapi.Client{
		HTTP: func() (*http.Client, error) { return h, nil }, Now: time.Now,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

// answers is an IAM that gives one answer after the other.
type answers struct {
	status int
	texts  []string
	asked  int
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.asked == len(a.texts) {
		return nil, io.EOF
	}
	text := a.texts[a.asked]
	a.asked++
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (a *answers) client() *iam.Client {
	return &iam.Client{API: client(&http.Client{Transport: a}), URL: "http://iam.example", Region: "us-east-1", Credentials: aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "hush"}}
}

// A list of keys is read to its end, and what a proxy says is no answer of IAM's.
func TestClient(t *testing.T) {
	c := (&answers{status: 200, texts: []string{
		"<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata><member><AccessKeyId>AKIA1</AccessKeyId><Status>Active</Status><CreateDate>2024-01-02T03:04:05Z</CreateDate></member></AccessKeyMetadata><IsTruncated>true</IsTruncated><Marker>m</Marker></ListAccessKeysResult></ListAccessKeysResponse>",
		"<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata><member><AccessKeyId>AKIA2</AccessKeyId><Status>Inactive</Status><CreateDate>2024-01-02T03:04:05Z</CreateDate></member></AccessKeyMetadata><IsTruncated>false</IsTruncated></ListAccessKeysResult></ListAccessKeysResponse>",
	}}).client()
	keys, err := c.Keys(context.Background())
	if err != nil || len(keys) != 2 || !keys[0].Active || keys[1].Active || keys[1].Created.Year() != 2024 {
		t.Errorf("%+v, %v", keys, err)
	}
	for status, want := range map[int]string{
		200: "ListAccessKeys: the answer of iam.example is not AWS's",
		403: "ListAccessKeys: the answer of iam.example is not AWS's (HTTP 403)",
	} {
		proxy := &answers{status: status, texts: []string{"<html>no"}}
		if _, err := proxy.client().Keys(context.Background()); err == nil || err.Error() != want {
			t.Errorf("a proxy's answer is %v, want %s", err, want)
		}
	}
}

// Where the session that IAM is called with ends together with the old key, another one is got.
func TestSessionEndsWithTheOldKey(t *testing.T) {
	p := newPlace(t)
	var asked []bool
	p.job.Client = func(ctx context.Context, key aws.Credentials, refused bool) (*iam.Client, error) {
		asked = append(asked, refused)
		if key == p.old || refused {
			return p.client(ctx, key, refused)
		}
		return p.client(ctx, aws.Credentials{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "x", SessionToken: "ended"}, refused)
	}
	r, err := p.job.Begin(context.Background(), p.old, nil)
	if keys := p.user.Keys(); err != nil || len(keys) != 1 || keys[r.New.AccessKeyID] != "Active" {
		t.Errorf("%v; AWS has %v", err, keys)
	}
	if got := fmt.Sprint(asked); got != "[false false true false true]" {
		t.Errorf("credentials were asked for as %s", got)
	}
}
