package vault_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"awsvault/internal/agent"
	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/keyage"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// keeper is a keystore in memory. Each call can fail: fail contains "PutKeys jon 2" for the
// second PutKeys of jon, or "PutKeys" for all of them.
type keeper struct {
	keys      map[string]aws.Credentials
	rotations map[string]aws.Rotation
	sessions  map[string]int

	fail    string
	lie     func(string, aws.Credentials) aws.Credentials // changes what Keys returns
	before  func(call string)                             // the change by another process, made before a call
	asks    bool
	changes []string // calls that change something
	reads   []string
	count   map[string]int
	created map[string]string // what KeyCreated was told
	ages    func(context.Context) func(string) keyage.Since
}

var errDisk = errors.New("the disk is full")

func newKeeper(keys map[string]aws.Credentials) *keeper {
	return &keeper{keys: keys, rotations: map[string]aws.Rotation{}, sessions: map[string]int{}, count: map[string]int{}}
}

func (k *keeper) step(call, name string) error {
	what := strings.TrimSpace(call + " " + name)
	k.count[what]++
	exact := fmt.Sprintf("%s %d", what, k.count[what])
	if k.before != nil {
		k.before(exact)
	}
	if k.fail != "" && (k.fail == call || k.fail == what || k.fail == exact) {
		return fmt.Errorf("%s: %w", what, errDisk)
	}
	return nil
}

func (k *keeper) change(call, name string) error {
	err := k.step(call, name)
	if err == nil {
		k.changes = append(k.changes, strings.TrimSpace(call+" "+name))
	}
	return err
}

func (k *keeper) Names(context.Context) ([]string, error) {
	return slices.Sorted(maps.Keys(k.keys)), k.step("Names", "")
}

func (k *keeper) Has(_ context.Context, name string) (bool, error) {
	_, ok := k.keys[name]
	return ok, k.step("Has", name)
}

func (k *keeper) Keys(_ context.Context, name string) (aws.Credentials, error) {
	if err := k.step("Keys", name); err != nil {
		return aws.Credentials{}, err
	}
	k.reads = append(k.reads, name)
	c, ok := k.keys[name]
	if !ok {
		return c, errors.New("keystore: not found")
	}
	if k.lie != nil {
		c = k.lie(name, c)
	}
	return c, nil
}

func (k *keeper) PutKeys(_ context.Context, name string, c aws.Credentials) error {
	err := k.change("PutKeys", name)
	if err == nil {
		k.keys[name] = c
	}
	return err
}

func (k *keeper) RemoveKeys(_ context.Context, name string) error {
	err := k.change("RemoveKeys", name)
	if err == nil {
		delete(k.keys, name)
	}
	return err
}

func (k *keeper) RemoveSessions(_ context.Context, name string) (int, error) {
	n := k.sessions[name]
	err := k.step("RemoveSessions", name)
	if err == nil {
		delete(k.sessions, name)
	}
	return n, err
}

func (k *keeper) Rotations(context.Context) ([]string, error) {
	return slices.Sorted(maps.Keys(k.rotations)), k.step("Rotations", "")
}

func (k *keeper) Rotation(_ context.Context, name string) (aws.Rotation, error) {
	return k.rotations[name], k.step("Rotation", name)
}

func (k *keeper) PutRotation(_ context.Context, r aws.Rotation) error {
	err := k.change("PutRotation", r.Name)
	if err == nil {
		k.rotations[r.Name] = r
	}
	return err
}

func (k *keeper) RemoveRotation(_ context.Context, name string) error {
	err := k.change("RemoveRotation", name)
	if err == nil {
		delete(k.rotations, name)
	}
	return err
}

func (k *keeper) LockRotation(context.Context) (func(), error) {
	return func() {}, k.step("LockRotation", "")
}

func (k *keeper) AsksForEach(context.Context) bool { return k.asks }

func (k *keeper) Ages(ctx context.Context) func(string) keyage.Since { return k.ages(ctx) }

func (k *keeper) KeyCreated(_ context.Context, name, id string, at time.Time) {
	if k.created == nil {
		k.created = map[string]string{}
	}
	k.created[name] = id + " " + at.UTC().Format(time.DateOnly)
}

// The rest is what a session needs.

func (k *keeper) Revision(_ context.Context, name string) (string, error) {
	return k.keys[name].AccessKeyID, nil
}

func (k *keeper) Session(context.Context, aws.SessionKey) (aws.Credentials, bool, error) {
	return aws.Credentials{}, false, nil
}

func (k *keeper) PutSession(context.Context, aws.SessionKey, aws.Credentials) error { return nil }

func (k *keeper) Lock(context.Context, aws.SessionKey) (func(), error) { return func() {}, nil }

func (k *keeper) Note(context.Context, aws.SessionKey, string) error { return nil }

func (k *keeper) Noted(aws.SessionKey, string) bool { return false }

func (k *keeper) Primes(context.Context) bool { return false }

func (k *keeper) Typed() bool { return false }

func (k *keeper) Said() vault.Said { return saidNothing{} }

// saidNothing holds no answers of the keystore.
type saidNothing struct{}

func (saidNothing) Primes(context.Context) bool { return false }

func (saidNothing) Key(string) (exists, known bool, revision string) { return false, false, "" }

// refusal is an answer in which AWS refuses, or an answer that is lost on the way.
type refusal struct {
	code string
	lost bool
}

func (r refusal) Error() string   { return "refused: " + r.code }
func (r refusal) AWSCode() string { return r.code }
func (r refusal) Lost() bool      { return r.lost }

// key returns an access key of a user.
func key(id string) aws.Credentials {
	return aws.Credentials{AccessKeyID: id, SecretAccessKey: "secret of " + id}
}

const jonARN = "arn:aws:iam::111122223333:user/jon"

// desk is a session with fakes: a config file, a keystore, and an AWS that knows the owners of
// keys.
type desk struct {
	t           *testing.T
	ctx         context.Context
	config      string
	credentials string // the other AWS file
	env         env.Vars
	keeper      *keeper
	person      *person
	owners      map[string]string // by access key id: ARNs
	whose       func(aws.Credentials) error
	sources     map[resolve.Kind]vault.Source
	asked       []string // the access key ids of the calls of GetCallerIdentity
	now         time.Time
	waited      time.Duration
	state       string // the state directory
	agent       agent.Agent
	read        int // how often the AWS files were read
}

func newDesk(t *testing.T, config string, k *keeper) *desk {
	return &desk{
		t: t, ctx: t.Context(), config: config, env: env.Vars{}, keeper: k, person: &person{},
		owners: map[string]string{}, now: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC),
	}
}

func (d *desk) session() *vault.Session {
	return vault.New(vault.World{
		Environ:  d.env,
		StateDir: d.state,
		Agent:    d.agent,
		Config:   d.files,
		Keystore: func(string, string, vault.Person) vault.Keystore { return d.keeper },
		Sources:  func(*vault.Session) vault.Sources { return vault.Sources{Identity: d.identity, Of: d.sources} },
		Now:      func() time.Time { return d.now },
		Wait: func(ctx context.Context, pause time.Duration) error {
			d.now = d.now.Add(pause)
			d.waited += pause
			return ctx.Err()
		},
	}, d.person)
}

func (d *desk) files() (*awsconf.Config, error) {
	d.read++
	config, err := awsconf.Parse("config", awsconf.ConfigFile, d.config)
	if err != nil {
		return nil, err
	}
	credentials, err := awsconf.Parse("credentials", awsconf.CredentialsFile, d.credentials)
	return awsconf.Merge(config, credentials), err
}

func (d *desk) identity(ctx context.Context, r vault.Request) (string, string, error) {
	if err := ctx.Err(); err != nil {
		return "", "", err
	}
	d.asked = append(d.asked, r.From.AccessKeyID)
	if d.whose != nil {
		if err := d.whose(r.From); err != nil {
			return "", "", err
		}
	}
	arn, ok := d.owners[r.From.AccessKeyID]
	if !ok {
		return "", "", refusal{code: "InvalidClientTokenId"}
	}
	return arn, "111122223333", nil
}

// said compares the messages that the person got.
func (d *desk) said(want ...string) {
	d.t.Helper()
	if got := strings.Join(d.person.said, "\n"); got != strings.Join(want, "\n") {
		d.t.Errorf("it says\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
