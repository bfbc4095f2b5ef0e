package handout_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/handout"
	"awsvault/internal/serve"
	"awsvault/internal/vault"
)

// front is a server in the foreground, and what it prints and says.
type front struct {
	handout.Serving
	printed, said strings.Builder
}

func newFront(t *testing.T, telling handout.Telling) *front {
	dir := t.TempDir()
	telling.GOOS = "linux"
	f := &front{}
	f.Serving = handout.Serving{
		Telling: telling, Session: session(t, &process{now: time.Now()}), Want: vault.Want{OwnRegion: true},
		Config: func() (*awsconf.Config, error) {
			file, err := awsconf.Parse("config", awsconf.ConfigFile, "[profile dev]\ncredential_process = x\n")
			return awsconf.Merge(file, nil), err
		},
		Settings: serve.Settings{Now: time.Now, Wait: wait, UID: os.Getuid()},
		Expand:   func(path string) string { return filepath.Join(dir, path) },
		Abs:      func(path string) (string, error) { return filepath.Join(dir, path), nil },
		Program:  func() (string, error) { return "/usr/bin/vault", nil },
		User:     "7:8",
		Print:    func(text string) error { f.printed.WriteString(text); return nil },
		Say:      func(line string) { f.said.WriteString(line + "\n") },
	}
	return f
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// during runs the server, and calls do once it has told what programs need.
func (f *front) during(t *testing.T, do func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ready, ended := make(chan struct{}), make(chan error, 1)
	say := f.Say
	f.Say = func(line string) {
		say(line)
		if strings.HasPrefix(line, "serving") {
			close(ready)
		}
	}
	go func() { ended <- f.Run(ctx) }()
	select {
	case <-ready:
		do()
	case err := <-ended:
		t.Fatalf("it ends with %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func get(t *testing.T, uri, token string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", token)
	request.Close = true // the test looks for what is left open
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return string(text)
}

func TestServingToldByVariables(t *testing.T) {
	f := newFront(t, handout.Telling{Profiles: []string{"dev:us-east-1"}, Format: "env-file"})
	f.during(t, func() {
		told := map[string]string{}
		for _, l := range strings.Split(f.printed.String(), "\n") {
			name, value, _ := strings.Cut(l, "=")
			told[name] = value
		}
		if told["AWS_REGION"] != "us-east-1" {
			t.Errorf("the region is %q", told["AWS_REGION"])
		}
		if got := get(t, told["AWS_CONTAINER_CREDENTIALS_FULL_URI"], told["AWS_CONTAINER_AUTHORIZATION_TOKEN"]); !strings.Contains(got, "ASIA1") {
			t.Errorf("it answers %s", got)
		}
	})
	if said := f.said.String(); !strings.Contains(said, "serving; set these variables") || !strings.Contains(said, "dev") {
		t.Errorf("it says %s", said)
	}
}

func TestServingToldByAFile(t *testing.T) {
	for format, contains := range map[string]string{"": "", "compose": "http://host.docker.internal:", "systemd": "EnvironmentFile="} {
		f := newFront(t, handout.Telling{Profiles: []string{"dev"}, Format: format, EnvFile: "x.env"})
		path, _ := f.Abs("x.env")
		f.during(t, func() {
			text, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(text), "AWS_CONTAINER_AUTHORIZATION_TOKEN=") || !strings.Contains(f.printed.String(), contains) {
				t.Errorf("%q: %s, %v; it prints %s", format, text, err, &f.printed)
			}
		})
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%q: the file stays: %v", format, err)
		}
	}
}

func TestWhatIsNotServed(t *testing.T) {
	for _, test := range []struct {
		name    string
		telling handout.Telling
		says    string
		kind    fault.Kind
	}{
		{"no profile", handout.Telling{}, "serve needs a profile", fault.Usage},
		{"one twice", handout.Telling{Profiles: []string{"dev", "dev"}}, "profile dev is named twice", fault.Usage},
		{"one that does not exist", handout.Telling{Profiles: []string{"nope"}}, `profile "nope" not found`, fault.Failed},
		{"a port that is none", handout.Telling{Profiles: []string{"dev"}, Port: "x"}, `--port "x" is not a number`, fault.Usage},
		{"an address of another machine", handout.Telling{Profiles: []string{"dev"}, Bind: "192.0.2.1"}, "open a port for the credential server", fault.Failed},
	} {
		err := newFront(t, test.telling).Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), test.says) || fault.KindOf(err) != test.kind {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// The other end of a server hands out what its own programs were told to ask for.
func TestTheOtherEndOfAServer(t *testing.T) {
	f := newFront(t, handout.Telling{Profiles: []string{"dev"}, Format: "env-file"})
	f.during(t, func() {
		_, rest, _ := strings.Cut(f.printed.String(), "AWS_CONTAINER_CREDENTIALS_FULL_URI=")
		uri, _, _ := strings.Cut(rest, "\n")
		_, rest, _ = strings.Cut(f.printed.String(), "AWS_CONTAINER_AUTHORIZATION_TOKEN=")
		token, _, _ := strings.Cut(rest, "\n")
		grant, target, err := handout.Remote(t.Context(), uri, token, "")
		if err != nil || grant.Name != "remote" || target.Profile != "remote" || !target.About.Served {
			t.Fatalf("%+v, %+v, %v", grant, target, err)
		}
		got, err := grant.Source.Credentials(t.Context(), time.Time{})
		if err != nil || got.AccessKeyID != "ASIA1" {
			t.Errorf("it delivers %v, %v", got, err)
		}
		if _, _, err := handout.Remote(t.Context(), uri, token, "prod"); fault.KindOf(err) != fault.Usage {
			t.Errorf("a profile that is not served: %v", err)
		}
	})
	if _, _, err := handout.Remote(t.Context(), "ftp://x", "", ""); fault.KindOf(err) != fault.Usage {
		t.Errorf("what is no server: %v", err)
	}
	err := newFront(t, handout.Telling{}).Front(t.Context(), serve.Grant{}, env.Server{URI: "http://127.0.0.1:1/x", Token: "short"})
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "needs the variables that the programs have") {
		t.Errorf("variables that are no lease's: %v", err)
	}
}

func TestPortsOfACommand(t *testing.T) {
	server := serve.New(serve.Settings{Now: time.Now, Wait: wait, UID: os.Getuid()})
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	grant, _, err := handout.Grant(ctx, session(t, &process{now: time.Now()}), vault.Want{Profile: "dev"}, false)
	if err != nil {
		t.Fatal(err)
	}
	own, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		ports                      handout.Ports
		container, metadata, there bool
	}{
		"of containers":                         {handout.Ports{Container: true}, true, false, false},
		"of the metadata service":               {handout.Ports{Metadata: true}, false, true, false},
		"of both":                               {handout.Ports{Container: true, Metadata: true}, true, true, false},
		"of the metadata service, at its place": {handout.Ports{Metadata: true, Address: own, URL: "http://address/"}, false, true, true},
	} {
		at, err := test.ports.Open(ctx, server, grant)
		if err != nil || (at.URI != "") != test.container || (at.Metadata != "") != test.metadata || (at.Metadata == "http://address/") != test.there {
			t.Errorf("%s: %+v, %v", name, at, err)
		}
		if test.container {
			if got := get(t, at.URI, at.Token); !strings.Contains(got, "ASIA1") {
				t.Errorf("%s: it answers %s", name, got)
			}
		}
	}
}
