//go:build unix

package scripts

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"awsvault/tests/awsfake"
)

// front stands in front of the fake. It knows when a call has arrived, before
// the fake answers it, and every secret that the fake gives away.
type front struct {
	fake   http.Handler
	server *httptest.Server
	tls    *httptest.Server // nil until a script wants it

	mu      sync.Mutex
	issued  []issued
	made    []string // secrets of new access keys
	arrived map[string]chan struct{}
}

// issued is what AWS told somebody.
type issued struct{ id, secret, token, expires string }

func newFront(fake http.Handler) *front {
	f := &front{fake: fake, arrived: map[string]chan struct{}{}}
	f.server = httptest.NewServer(f)
	return f
}

func (f *front) close() {
	f.server.CloseClientConnections()
	f.server.Close()
	if f.tls != nil {
		f.tls.CloseClientConnections()
		f.tls.Close()
	}
}

// arrival is closed when a call of the operation is there.
func (f *front) arrival(operation string) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := make(chan struct{})
	f.arrived[operation] = c
	return c
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if values, err := url.ParseQuery(string(body)); err == nil {
		f.mu.Lock()
		if c := f.arrived[values.Get("Action")]; c != nil {
			close(c)
			delete(f.arrived, values.Get("Action"))
		}
		f.mu.Unlock()
	}
	tee := &tee{ResponseWriter: w}
	f.fake.ServeHTTP(tee, r)
	f.learn(tee.copy.String())
}

type tee struct {
	http.ResponseWriter
	copy bytes.Buffer
}

func (t *tee) Write(p []byte) (int, error) {
	t.copy.Write(p)
	return t.ResponseWriter.Write(p)
}

func (f *front) learn(answer string) {
	field := func(name string) string {
		m := regexp.MustCompile(`<` + name + `>([^<]*)</` + name + `>`).FindStringSubmatch(answer)
		if m == nil {
			return ""
		}
		return m[1]
	}
	if token := field("SessionToken"); token != "" {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.issued = append(f.issued, issued{field("AccessKeyId"), field("SecretAccessKey"), token, field("Expiration")})
	} else if secret := field("SecretAccessKey"); secret != "" {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.made = append(f.made, secret)
	}
}

// keys are the secrets of the access keys that were created.
func (f *front) keys() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.made)
}

func (f *front) all() []issued {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.issued)
}

// calls compares the calls since the last time with those that the script names;
// a refused one is AssumeRole:AccessDenied.
func (s *script) calls(want []string) {
	fake := s.world.Fake
	got := fake.Operations()
	for i := range got {
		got[i] = strings.ReplaceAll(got[i], ": ", ":")
	}
	fake.Reset()
	if !slices.Equal(got, want) {
		s.fatal("calls are %q, want %q", got, want)
	}
}

// fakeCommand is AWS's side:
//
//	fake fault [kind=K] [operation=O] [count=N] [delay=D]
//	fake mend                 no more faults
//	fake clock DURATION       AWS's clock, seen from here
//	fake date DURATION        only the Date of its answers
//	fake key on|off           the example key is active, or not
//	fake age ID DURATION      the key is so much older
//	fake forget               all sessions so far have expired, says AWS
//	fake code                 sets $CODE to a fresh code
//	fake ahead DURATION       what AWS gives away says an end that is off by this
//	fake issued               sets $ID, $SECRET, $TOKEN, $EXPIRES to what AWS gave away last
//	fake calls                prints the calls with what they were made with
//	fake load FILE            more accounts, users and roles, in awsfake's format
//	fake deny ACTION [mfa]    to the example user, perhaps only without MFA
//	fake user NAME            a new user with a key; sets $ID and $SECRET
//	fake delay DURATION       until the rest of AWS learns what IAM did with a key
//	fake newkey               a second key of the example user; sets $OTHER to its id
//	fake keys STATUS...       the example user has keys of these statuses, sorted; sets
//	                          $OTHER to the id of one that is not the example key
//	fake deletekey ID         somebody deletes it
//	fake tls                  sets $TLS to the URL of the same AWS behind TLS, and writes ca.pem
//	fake down                 nobody listens there any more
func (s *script) fakeCommand(args []string) {
	if len(args) == 0 {
		s.ts.Fatalf("usage: fake COMMAND")
	}
	fake, device := s.world.Fake, s.world.Fake.Device(s.world.Example.MFASerial)
	duration := func() time.Duration {
		d, err := time.ParseDuration(args[1])
		s.ts.Check(err)
		return d
	}
	switch args[0] {
	case "fault":
		s.fault(args[1:])
	case "mend":
		fake.Disarm()
	case "clock":
		fake.Clock.Advance(duration())
	case "date":
		fake.SkewDate(duration())
	case "ahead":
		fake.ExpireAhead(duration())
	case "key":
		fake.SetKeyActive(s.world.Example.AccessKeyID, args[1] == "on")
	case "age":
		by, err := time.ParseDuration(args[2])
		s.ts.Check(err)
		if !fake.AgeKey(args[1], by) {
			s.ts.Fatalf("there is no key %s", args[1])
		}
	case "forget":
		for _, i := range s.front.all() {
			fake.Expire(i.id)
		}
	case "code":
		s.code = device.NextCode()
		s.ts.Setenv("CODE", s.code)
	case "issued":
		all := s.front.all()
		if len(all) == 0 {
			s.ts.Fatalf("nothing was issued")
		}
		last := all[len(all)-1]
		for name, value := range map[string]string{"ID": last.id, "SECRET": last.secret, "TOKEN": last.token, "EXPIRES": last.expires} {
			s.ts.Setenv(name, value)
		}
	case "calls":
		s.printCalls()
	case "load":
		_, err := fake.Load(s.ts.ReadFile(args[1]))
		s.ts.Check(err)
	case "deny":
		fake.Deny(awsfake.Denial{Principal: s.world.Example.UserARN, Action: args[1], WithoutMFA: len(args) > 2})
	case "user":
		key := fake.Account("111122223333").AddUser(args[1]).AddKey()
		s.words = append(s.words, key.Secret)
		s.ts.Setenv("ID", key.ID)
		s.ts.Setenv("SECRET", key.Secret)
	case "delay":
		fake.SetKeyDelay(duration())
	case "newkey":
		s.ts.Setenv("OTHER", s.exampleUser().AddKey().ID)
	case "keys":
		got := slices.Sorted(maps.Values(s.exampleUser().Keys()))
		if !slices.Equal(got, args[1:]) {
			s.fatal("the user's keys are %q, want %q", got, args[1:])
		}
		for id := range s.exampleUser().Keys() {
			if id != s.world.Example.AccessKeyID {
				s.ts.Setenv("OTHER", id)
			}
		}
	case "denyrole":
		fake.Deny(awsfake.Denial{Principal: fake.Account("111122223333").AddRole(awsfake.Role{Name: args[1], Trust: awsfake.Trust{Principals: []string{s.world.Example.UserARN}}}), Action: args[2]})
	case "inline":
		for name, document := range fake.Account("111122223333").Policies(args[1]) {
			fmt.Fprintln(s.ts.Stdout(), name, document)
		}
	case "putinline":
		fake.Account("111122223333").PutPolicy(args[1], args[2], s.ts.ReadFile(args[3]))
	case "revoked":
		if got := fmt.Sprint(fake.Revoked(args[1])); got != args[2] {
			s.fatal("session %s is revoked: %s, want %s", args[1], got, args[2])
		}
	case "deletekey":
		s.exampleUser().DeleteKey(args[1])
	case "tls":
		s.startTLS()
	case "down":
		s.front.close()
	default:
		s.ts.Fatalf("fake: unknown command %q", args[0])
	}
}

func (s *script) exampleUser() *awsfake.User {
	return s.world.Fake.Account("111122223333").User("jon")
}

func (s *script) fault(settings []string) {
	var f awsfake.Fault
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		var err error
		switch name {
		case "kind":
			f.Kind = awsfake.FaultKind(value)
		case "operation":
			f.Operation = value
		case "count":
			f.Count, err = strconv.Atoi(value)
		case "delay":
			f.Delay, err = time.ParseDuration(value)
		default:
			err = fmt.Errorf("fault: unknown setting %q", name)
		}
		s.ts.Check(err)
	}
	s.world.Fake.Arm(f)
}

// printCalls prints a line for each call, without what differs from run to run.
func (s *script) printCalls() {
	for _, c := range s.world.Fake.Calls() {
		line := c.Operation + " in " + c.Region
		if c.Caller != "" {
			line += " by " + c.Caller
		}
		var names []string
		for name := range c.Params {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			line += " " + name + "=" + c.Params.Get(name)
		}
		if c.Error != "" {
			line += " -> " + c.Error
		}
		fmt.Fprintln(s.ts.Stdout(), line)
	}
}

func (s *script) startTLS() {
	server := httptest.NewUnstartedServer(s.front)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a client that hangs up is the point
	server.StartTLS()
	s.front.tls = server
	s.ts.Setenv("TLS", server.URL)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	s.ts.Check(os.WriteFile(s.ts.MkAbs("ca.pem"), ca, 0o600))
}
