package vault_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/journal"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// iamOfRole is an IAM with one role. Each call of a caller can fail: fail contains "GetRole by
// AKIAJON".
type iamOfRole struct {
	arn    string // the ARN that GetRole returns; empty for the right role
	policy string // the inline policy; empty if there is none
	fail   map[string]error
	calls  []string // each call, with its caller
	put    string
	ahead  time.Duration // how far AWS's clock is ahead
}

type iamCaller struct {
	*iamOfRole
	by, means string
}

func (i iamCaller) call(op string) error {
	i.calls = append(i.calls, op+" by "+i.by)
	return i.fail[op+" by "+i.by]
}

func (i iamCaller) Role(context.Context) (id, arn string, err error) {
	if i.arn != "" {
		i.means = i.arn
	}
	return "AROAROLE", i.means, i.call("GetRole")
}

func (i iamCaller) Policy(context.Context, string) (string, error) {
	err := i.call("GetRolePolicy")
	if err == nil && i.policy == "" {
		err = refusal{code: "NoSuchEntity"}
	}
	return i.policy, err
}

func (i iamCaller) PutPolicy(_ context.Context, _, document string) error {
	err := i.call("PutRolePolicy")
	if err == nil {
		i.put = document
	}
	return err
}

func (i iamCaller) Now(t time.Time) time.Time { return t.Add(i.ahead) }

// roleSessions makes sessions of roles.
type roleSessions struct{ d *desk }

func (s roleSessions) Credentials(_ context.Context, r vault.Request) (aws.Credentials, error) {
	c := key("ASIAROLE")
	c.SessionToken, c.Expires = "token", s.d.now.Add(time.Hour)
	return c, nil
}

// revoking returns a desk with a role and an IAM.
func revoking(t *testing.T, role string) (*desk, *iamOfRole, vault.Revoke) {
	d := newDesk(t, "[profile jon]\n\n[profile dev]\nrole_arn = "+role+"\nsource_profile = jon\nrole_session_name = jon\n", newKeeper(map[string]aws.Credentials{"jon": key("AKIAJON")}))
	d.owners["AKIAJON"] = jonARN
	d.owners["ASIAROLE"] = "arn:aws:sts::111122223333:assumed-role/reader/jon"
	d.sources = map[resolve.Kind]vault.Source{resolve.AssumeRole: roleSessions{d}, resolve.GetSessionToken: roleSessions{d}}
	api := &iamOfRole{fail: map[string]error{}}
	return d, api, vault.Revoke{
		Session: d.session(), Keeper: noSessions{d.keeper},
		IAM: func(p *vault.Plan, c aws.Credentials, name string) (vault.RoleIAM, error) {
			return iamCaller{api, c.AccessKeyID, p.Last().RoleARN}, nil
		},
		EndLeases: func(context.Context, string) error { return nil },
		SignOut:   func(context.Context, string) error { return nil },
	}
}

// noSessions is an empty cache.
type noSessions struct{ *keeper }

func (noSessions) LockRevocation(context.Context) (func(), error) { return func() {}, nil }

func (noSessions) SessionKeys(context.Context) ([]aws.SessionKey, error) { return nil, nil }

const readerARN = "arn:aws:iam::111122223333:role/reader"

// Vault first tries the key that assumes the role, and the role itself if the key is not
// allowed to. After any other failure it stops, because it would otherwise ask AWS twice.
func TestWhoRevokes(t *testing.T) {
	denied, busy := refusal{code: "AccessDenied"}, refusal{code: "Throttling"}
	for _, c := range []struct {
		name, role string
		fail       map[string]error
		calls      string
		err        string // empty: none
	}{
		{"the key", readerARN, nil, "GetRole by AKIAJON, GetRolePolicy by AKIAJON, PutRolePolicy by AKIAJON", ""},
		{"the role, where the key may not read it", readerARN, map[string]error{"GetRole by AKIAJON": denied},
			"GetRole by AKIAJON, GetRole by ASIAROLE, GetRolePolicy by ASIAROLE, PutRolePolicy by ASIAROLE", ""},
		{"the role, where the key may not write", readerARN, map[string]error{"PutRolePolicy by AKIAJON": denied},
			"GetRole by AKIAJON, GetRolePolicy by AKIAJON, PutRolePolicy by AKIAJON, GetRole by ASIAROLE, GetRolePolicy by ASIAROLE, PutRolePolicy by ASIAROLE", ""},
		{"neither", readerARN, map[string]error{"GetRole by AKIAJON": denied, "GetRolePolicy by ASIAROLE": denied},
			"GetRole by AKIAJON, GetRole by ASIAROLE, GetRolePolicy by ASIAROLE", "the sessions of role reader are not revoked: iam:GetRolePolicy is missing"},
		{"AWS is busy", readerARN, map[string]error{"PutRolePolicy by AKIAJON": busy},
			"GetRole by AKIAJON, GetRolePolicy by AKIAJON, PutRolePolicy by AKIAJON", "refused: Throttling"},
		{"no room", readerARN, map[string]error{"PutRolePolicy by AKIAJON": refusal{code: "LimitExceeded"}},
			"GetRole by AKIAJON, GetRolePolicy by AKIAJON, PutRolePolicy by AKIAJON", "the inline policies of role reader have no room left"},
		{"the role alone, in another account", "arn:aws:iam::444455556666:role/reader", nil,
			"GetRole by ASIAROLE, GetRolePolicy by ASIAROLE, PutRolePolicy by ASIAROLE", ""},
		{"in GovCloud, below a path", "arn:aws-us-gov:iam::111122223333:role/team/reader", nil,
			"GetRole by AKIAJON, GetRolePolicy by AKIAJON, PutRolePolicy by AKIAJON", ""},
		{"in China", "arn:aws-cn:iam::111122223333:role/reader", nil,
			"GetRole by AKIAJON, GetRolePolicy by AKIAJON, PutRolePolicy by AKIAJON", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, api, r := revoking(t, c.role)
			if c.fail != nil {
				api.fail = c.fail
			}
			err := r.Clear(t.Context(), true, false, "dev")
			if got := strings.Join(api.calls, ", "); got != c.calls {
				t.Errorf("calls %s\nwant  %s", got, c.calls)
			}
			if (err != nil) != (c.err != "") || err != nil && !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
			if wrote := strings.Contains(api.put, `"AROAROLE:jon"`); wrote != (c.err == "") {
				t.Errorf("it wrote %q", api.put)
			}
		})
	}
}

// Vault does not trust IAM's answers: it leaves another role alone, and a policy that vault
// did not write.
func TestWhatIAMAnswersIsChecked(t *testing.T) {
	for _, c := range []struct{ name, arn, policy, err string }{
		{"another role of that name", "arn:aws:iam::111122223333:role/other/reader", "", "IAM returned arn:aws:iam::111122223333:role/other/reader, not " + readerARN},
		{"an ARN with an escape", "arn\x1b[2J", "", "IAM returned arn?[2J, not"},
		{"no JSON", "", "<html>", "the inline policy aws-vault-revoked-sessions of role reader is left as it is"},
		{"another statement", "", `{"Version":"2012-10-17","Statement":[{"Sid":"AwsVaultRevoked1","Effect":"Allow","Action":"*","Resource":"*"}]}`, "the inline policy"},
		{"two documents", "", `{"Version":"2012-10-17","Statement":[]}{}`, "the inline policy"},
		{"a megabyte", "", `{"Version":"` + strings.Repeat("x", 1<<20) + `"}`, "the inline policy"},
		{"a list", "", `[]`, "the inline policy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, api, r := revoking(t, readerARN)
			api.arn, api.policy = c.arn, c.policy
			err := r.Clear(t.Context(), true, false, "dev")
			if err == nil || !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("error %.200v, want %q", err, c.err)
			}
			if api.put != "" || slices.ContainsFunc(api.calls, func(call string) bool { return strings.HasPrefix(call, "Put") }) {
				t.Errorf("it wrote %q: %q", api.put, api.calls)
			}
		})
	}
}

// The policy's time is by AWS's clock and passes before the command ends, so the next session
// is not denied.
func TestRevokingGoesByAWSsClock(t *testing.T) {
	for _, ahead := range []time.Duration{0, 3 * time.Minute, -time.Hour} {
		d, api, r := revoking(t, readerARN)
		api.ahead = ahead
		if err := r.Clear(t.Context(), true, false, "dev"); err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(api.put, `"aws:TokenIssueTime":"`)
		text, _, _ := strings.Cut(rest, `"`)
		at, err := time.Parse(time.RFC3339, text)
		if now := d.now.Add(ahead); err != nil || !now.After(at) || now.Sub(at) > 3*time.Second {
			t.Errorf("%s ahead: sessions until %s are denied, and it is %s: %v", ahead, at, now, err)
		}
	}
}

// To revoke everyone's sessions, a person types the role's name.
func TestEveryoneIsConfirmed(t *testing.T) {
	for answer, wrote := range map[string]bool{"reader": true, "Reader": false, "y": false, "": false} {
		d, api, r := revoking(t, readerARN)
		r.Everyone = true
		d.person.answers = []string{answer}
		err := r.Clear(t.Context(), true, false, "dev")
		if (err == nil) != wrote || (api.put != "") != wrote || strings.Contains(api.put, "aws:userid") {
			t.Errorf("%q: %v; it wrote %q", answer, err, api.put)
		}
		if want := "[This ends the sessions of everyone and everything that uses role reader in account 111122223333. Type the role's name to continue]"; fmt.Sprint(d.person.questions) != want {
			t.Errorf("it asks %q", d.person.questions)
		}
	}
	d, api, r := revoking(t, readerARN)
	r.Everyone = true
	if err := r.Clear(t.Context(), true, false, "dev"); fault.KindOf(err) != fault.Person || api.put != "" || len(d.person.questions) > 0 {
		t.Errorf("without a terminal: %v; it wrote %q", err, api.put)
	}
}

// cachedFor is a cache with a session of each of these profiles.
type cachedFor struct {
	noSessions
	profiles []string
}

func (k cachedFor) SessionKeys(context.Context) (keys []aws.SessionKey, err error) {
	for _, profile := range k.profiles {
		keys = append(keys, aws.SessionKey{Type: "sts.AssumeRole", Profile: profile})
	}
	return keys, nil
}

// The sessions of another profile of the same role are forgotten, so they are denied as well,
// under the name that this profile gives them. Nothing depends on the log.
func TestProfilesThatShareARoleAreRevokedTogether(t *testing.T) {
	d, api, r := revoking(t, readerARN)
	d.config += "\n[profile dev2]\nrole_arn = " + readerARN + "\nsource_profile = jon\nrole_session_name = second\n" +
		"\n[profile other]\nrole_arn = arn:aws:iam::111122223333:role/writer\nsource_profile = jon\nrole_session_name = third\n" +
		"\n[profile unused]\nrole_arn = " + readerARN + "\nsource_profile = jon\nrole_session_name = fourth\n"
	r.Session = d.session()
	r.Keeper = cachedFor{noSessions{d.keeper}, []string{"dev", "dev2", "other"}}
	if err := r.Clear(t.Context(), true, false, "dev"); err != nil {
		t.Fatal(err)
	}
	if want := `"aws:userid":["AROAROLE:jon","AROAROLE:second"]`; !strings.Contains(api.put, want) {
		t.Errorf("it wrote %s, want %s", api.put, want)
	}
}

// A session that the log has, and the cache no longer, is denied under its name of then, if it
// is one of this role and lives.
func TestSessionsOfTheLogAreRevoked(t *testing.T) {
	d, api, r := revoking(t, readerARN)
	d.state = t.TempDir()
	r.Session = d.session()
	log := journal.Log{Dir: d.state}
	for _, e := range []journal.Entry{
		{Name: "former", Role: readerARN, Expires: d.now.Add(time.Minute)},
		{Name: "for-ever", Role: readerARN},
		{Name: "former", Role: readerARN, Expires: d.now.Add(time.Hour)},
		{Name: "over", Role: readerARN, Expires: d.now.Add(-time.Minute)},
		{Name: "another", Role: "arn:aws:iam::444455556666:role/reader", Expires: d.now.Add(time.Hour)},
		{Name: "no name*", Role: readerARN, Expires: d.now.Add(time.Hour)},
		{Role: readerARN, Expires: d.now.Add(time.Hour)},
	} {
		e.At, e.Profile, e.Call = d.now.Add(-time.Hour), "gone", "AssumeRole"
		if err := log.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Clear(t.Context(), true, false, "dev"); err != nil {
		t.Fatal(err)
	}
	if want := `"aws:userid":["AROAROLE:for-ever","AROAROLE:former","AROAROLE:jon"]`; !strings.Contains(api.put, want) {
		t.Errorf("it wrote %s, want %s", api.put, want)
	}

	// A log that another user could have written is not read, and that is said.
	if err := os.Chmod(journal.Path(d.state), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := r.Clear(t.Context(), true, false, "dev"); err != nil || strings.Contains(api.put, "former") {
		t.Errorf("%v: it wrote %s", err, api.put)
	}
	if said := strings.Join(d.person.said, "\n"); !strings.Contains(said, "vault: warning: sessions in the log are not revoked: ") {
		t.Error(said)
	}
}

// sharedPolicy is the policy of one role, for two who revoke at once: the first to read it
// goes on once the second is there.
type sharedPolicy struct {
	iamCaller
	mu     *sync.Mutex
	text   *string
	second <-chan struct{}
}

func (p sharedPolicy) Policy(context.Context, string) (string, error) {
	p.mu.Lock()
	text := *p.text
	p.mu.Unlock()
	select {
	case <-p.second:
	case <-time.After(30 * time.Second):
		return "", errors.New("the other has not asked for the lock")
	}
	if text == "" {
		return "", refusal{code: "NoSuchEntity"}
	}
	return text, nil
}

func (p sharedPolicy) PutPolicy(_ context.Context, _, document string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	*p.text = document
	return nil
}

func (p sharedPolicy) Role(context.Context) (id, arn string, err error) {
	return "AROAROLE", readerARN, nil
}

type oneAtATime struct {
	noSessions
	asked func()
	lock  *sync.Mutex
}

func (k oneAtATime) LockRevocation(context.Context) (func(), error) {
	k.asked()
	k.lock.Lock()
	return k.lock.Unlock, nil
}

// Two that revoke at once lose nothing of each other.
func TestTwoThatRevokeAtOnce(t *testing.T) {
	text, mu, lock := "", &sync.Mutex{}, &sync.Mutex{}
	second := make(chan struct{})
	asked := 0
	ask := func() {
		mu.Lock()
		defer mu.Unlock()
		if asked++; asked == 2 {
			close(second)
		}
	}
	var both sync.WaitGroup
	for _, name := range []string{"jon", "ana"} {
		d, api, r := revoking(t, readerARN)
		d.config = strings.Replace(d.config, "role_session_name = jon", "role_session_name = "+name, 1)
		r.Session, r.Keeper = d.session(), oneAtATime{noSessions{d.keeper}, ask, lock}
		r.IAM = func(*vault.Plan, aws.Credentials, string) (vault.RoleIAM, error) {
			return sharedPolicy{iamCaller{api, "", readerARN}, mu, &text, second}, nil
		}
		both.Go(func() {
			if err := r.Clear(context.Background(), true, false, "dev"); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if !strings.Contains(text, "AROAROLE:ana") || !strings.Contains(text, "AROAROLE:jon") {
		t.Errorf("the policy is %s", text)
	}
}

// Where no lock can be had, sessions are revoked all the same.
func TestRevokingWithoutALock(t *testing.T) {
	d, api, r := revoking(t, readerARN)
	r.Keeper = noLock{noSessions{d.keeper}}
	if err := r.Clear(t.Context(), true, false, "dev"); err != nil || api.put == "" {
		t.Errorf("%v: it wrote %q", err, api.put)
	}
	if want := "vault: warning: no room for a lock"; !slices.Contains(d.person.said, want) {
		t.Errorf("it says %q", d.person.said)
	}
}

type noLock struct{ noSessions }

func (noLock) LockRevocation(context.Context) (func(), error) {
	return nil, errors.New("no room for a lock")
}
