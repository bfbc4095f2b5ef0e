package visit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
	"awsvault/internal/visit"
)

// nothing is an empty keystore that keeps nothing.
type nothing struct{ vault.Keystore }

func (nothing) Has(context.Context, string) (bool, error) { return false, nil }
func (nothing) Session(context.Context, aws.SessionKey) (aws.Credentials, bool, error) {
	return aws.Credentials{}, false, nil
}
func (nothing) PutSession(context.Context, aws.SessionKey, aws.Credentials) error { return nil }
func (nothing) Lock(context.Context, aws.SessionKey) (func(), error)              { return func() {}, nil }
func (nothing) Said() vault.Said                                                  { return nothing{} }
func (nothing) Key(string) (exists, known bool, revision string)                  { return false, false, "" }
func (nothing) Primes(context.Context) bool                                       { return false }

// delivers is a source that has a session.
type delivers struct{ c aws.Credentials }

func (d delivers) Credentials(context.Context, vault.Request) (aws.Credentials, error) {
	return d.c, nil
}

const config = `[profile dev]
credential_process = x
region = eu-west-1
[profile role]
role_arn = arn:aws:iam::111122223333:role/reader
credential_source = Environment
region = eu-west-1
[profile corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Admin
region = eu-west-1
`

var (
	now  = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	held = aws.Credentials{AccessKeyID: "ASIAX", SecretAccessKey: "secret", SessionToken: "token", Expires: now.Add(time.Hour)}
)

// wish returns a visit with fakes. server creates sign-in tokens.
func wish(t *testing.T, profile string, said *[]string, server http.HandlerFunc) visit.Visit {
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	session := vault.New(vault.World{
		Environ: env.Vars{"AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": "secret"}, Now: func() time.Time { return now },
		Config: func() (*awsconf.Config, error) {
			f, err := awsconf.Parse("config", awsconf.ConfigFile, config)
			return awsconf.Merge(f, nil), err
		},
		Keystore: func(string, string, vault.Person) vault.Keystore { return nothing{} },
		SignIn:   func(resolve.Step) (string, bool) { return "", false },
		Sources: func(*vault.Session) vault.Sources {
			return vault.Sources{Of: map[resolve.Kind]vault.Source{resolve.Process: delivers{held}, resolve.Environment: delivers{held}, resolve.AssumeRole: delivers{held}}}
		},
	}, vault.Nobody{})
	return visit.Visit{
		Session: session, Want: vault.Want{Profile: profile, OwnRegion: true, Console: true}, Endpoint: s.URL + "/federation",
		API: func(resolve.Setting) *awsapi.Client {
			return &awsapi.Client{
				HTTP: func() (*http.Client, error) { return awsapi.HTTPClient(func(string) string { return "" }, nil) }, Now: func() time.Time { return now },
				Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
			}
		},
		Confirm: func(*vault.Plan) error { return nil },
		Say:     func(line string) { *said = append(*said, line) }, Now: func() time.Time { return now },
	}
}

func token(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"SigninToken":"t-1"}`) }

func TestSignIn(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(v *visit.Visit)
		page   string // a part of the address
		until  time.Time
		said   int
		server http.HandlerFunc
	}{
		{"the console's home", nil, "console/home", now.Add(time.Hour), 0, token},
		{"a service", func(v *visit.Visit) { v.Service = "s3" }, "/s3/", now.Add(time.Hour), 0, token},
		{"a page", func(v *visit.Visit) { v.Path = "ec2/home" }, "/ec2/home", now.Add(time.Hour), 0, token},
		{"signed out first", func(v *visit.Visit) { v.AutoLogout = true }, "logout", now.Add(time.Hour), 0, token},
		{"for longer", func(v *visit.Visit) { v.Want.Profile, v.Want.Duration = "role", 3*time.Hour }, "console/home", now.Add(3 * time.Hour), 0, token},
		{"for longer than AWS gives", func(v *visit.Visit) { v.Want.Profile, v.Want.Duration = "role", 3*time.Hour }, "console/home", now.Add(time.Hour), 1, func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("SessionDuration") != "" {
				http.Error(w, "the duration is too long", http.StatusBadRequest)
				return
			}
			token(w, r)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var said []string
			v := wish(t, "dev", &said, test.server)
			if test.change != nil {
				test.change(&v)
			}
			got, err := v.SignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			address, _ := url.QueryUnescape(got.Address)
			if !strings.Contains(address, test.page) || !strings.Contains(address, "t-1") || strings.Contains(address, held.SecretAccessKey) {
				t.Errorf("the address is %s", address)
			}
			if !got.Until.Equal(test.until) || len(said) != test.said {
				t.Errorf("until %v, want %v; it says %q", got.Until, test.until, said)
			}
			if title := strings.Join(got.Title(), " "); title != v.Want.Profile+" console eu-west-1" && v.Want.Profile == "dev" {
				t.Errorf("the title is %q", title)
			}
		})
	}
}

func TestNothingIsAskedOfAWSForAPageThatDoesNotExist(t *testing.T) {
	no := errors.New("no")
	for name, change := range map[string]func(v *visit.Visit){
		"a service":       func(v *visit.Visit) { v.Service = "frobnicate" },
		"a page":          func(v *visit.Visit) { v.Path = "https://evil.example.com/" },
		"a refusal":       func(v *visit.Visit) { v.Confirm = func(*vault.Plan) error { return no } },
		"another profile": func(v *visit.Visit) { v.Want.Profile = "nope" },
	} {
		called := false
		v := wish(t, "dev", new([]string), func(http.ResponseWriter, *http.Request) { called = true })
		change(&v)
		if got, err := v.SignIn(t.Context()); err == nil || called || got.Address != "" {
			t.Errorf("%s: %v; AWS was called: %v", name, err, called)
		}
	}
}

func TestPortal(t *testing.T) {
	v := wish(t, "corp", new([]string), func(http.ResponseWriter, *http.Request) { t.Error("AWS is called") })
	got, err := v.Portal(t.Context())
	if err != nil || !strings.HasPrefix(got, "https://corp.awsapps.com/start/#/console?account_id=111122223333&") || !strings.HasSuffix(got, "&role_name=Admin") {
		t.Errorf("%s, %v", got, err)
	}
	v.Confirm = func(*vault.Plan) error { return errors.New("no") }
	if _, err := v.Portal(t.Context()); err == nil || err.Error() != "no" {
		t.Errorf("a profile that is not confirmed: %v", err)
	}
	v.Want.Profile = "dev"
	if _, err := v.Portal(t.Context()); err == nil || err.Error() != `--portal: profile "dev" does not use IAM Identity Center` {
		t.Errorf("another kind of profile: %v", err)
	}
}

// pages is a browser that records what it opens.
type pages struct {
	name   string
	none   bool
	broken error
	opened []string
}

func (p *pages) Name() string         { return p.name }
func (p *pages) Check() (bool, error) { return p.none, p.broken }
func (p *pages) Show(page string) error {
	p.opened = append(p.opened, "show "+page)
	return nil
}
func (p *pages) Hand(page string) error {
	p.opened = append(p.opened, "hand "+page)
	return nil
}

func TestWhatDoesNotOpenHelps(t *testing.T) {
	for profile, want := range map[string]string{
		"":       "Opening the console in your browser... (did it not open? vault console --stdout)",
		"a prod": "Opening the console of a prod in your browser... (did it not open? vault console 'a prod' --stdout)",
	} {
		v := visit.Visit{Want: vault.Want{Profile: profile}, Browser: &pages{}, Dots: "..."}
		if got := v.Opening(); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}

func TestGo(t *testing.T) {
	broken := errors.New("the browser is broken")
	for name, c := range map[string]struct {
		browser pages
		change  func(v *visit.Visit)
		opened  string // how what is opened begins
		printed string // how what is printed begins
		done    bool
		said    string
		err     string
	}{
		"opened":                   {opened: "hand http", done: true, said: "Opening the console of dev in your browser... (did it not open? vault console dev --stdout)"},
		"opened in firefox":        {browser: pages{name: "firefox"}, opened: "hand http", done: true, said: "Opening the console of dev in firefox..."},
		"printed":                  {change: func(v *visit.Visit) { v.Printed = true }, printed: "http"},
		"printed, with no browser": {browser: pages{none: true, broken: broken}, change: func(v *visit.Visit) { v.Printed = true }, printed: "http"},
		"no browser":               {browser: pages{none: true, broken: broken}, printed: "http", said: "no browser here"},
		"no browser, and refused":  {browser: pages{none: true, broken: broken}, change: func(v *visit.Visit) { v.Confirm = func(*vault.Plan) error { return errors.New("no") } }, err: "no"},
		"a broken browser":         {browser: pages{broken: broken}, err: broken.Error()},
		"the portal":               {change: func(v *visit.Visit) { v.ByPortal, v.Want.Profile = true, "corp" }, said: "Opening the console of corp", opened: "show https://corp.awsapps.com/"},
		"the portal, printed":      {change: func(v *visit.Visit) { v.ByPortal, v.Printed, v.Want.Profile = true, true, "corp" }, printed: "https://corp.awsapps.com/"},
		"two pages":                {change: func(v *visit.Visit) { v.Service, v.Path = "s3", "ec2/home" }, err: "--service and --path are both a page"},
		"refused":                  {change: func(v *visit.Visit) { v.Confirm = func(*vault.Plan) error { return errors.New("no") } }, err: "no"},
	} {
		t.Run(name, func(t *testing.T) {
			var said, printed, done []string
			v := wish(t, "dev", &said, token)
			v.Browser, v.Dots = &c.browser, "..."
			v.Print = func(address string) error { printed = append(printed, address); return nil }
			v.Done = func(text string) { done = append(done, text) }
			if c.change != nil {
				c.change(&v)
			}
			if err := v.Go(t.Context()); fmt.Sprint(err) != c.err && (err != nil || c.err != "") {
				t.Fatalf("%v, want %s", err, c.err)
			}
			one := func(what string, got []string, want string) {
				if len(got) > 1 || (want == "") != (len(got) == 0) || !strings.Contains(strings.Join(got, ""), want) {
					t.Errorf("%s: %q, want %q", what, got, want)
				}
			}
			one("opened", c.browser.opened, c.opened)
			one("printed", printed, c.printed)
			one("said", said, c.said)
			if c.done != (len(done) == 1) || c.done && !strings.HasPrefix(done[0], "dev  console  eu-west-1  ") {
				t.Errorf("done: %q", done)
			}
		})
	}
}
