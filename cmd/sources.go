package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/browser"
	"awsvault/internal/nodbus"
	"awsvault/internal/process"
	"awsvault/internal/resolve"
	"awsvault/internal/signin"
	"awsvault/internal/sso"
	"awsvault/internal/store"
)

// callingName is the variable that tells a vault, which a credential_process
// runs, for which profiles it was run. A profile that leads back to itself would
// start processes without end.
const callingName = "AWS_VAULT_CREDENTIAL_PROCESS"

// processTimeout is how long a program may take that a profile names, as in the
// Go SDK: somebody may have to touch a key.
const processTimeout = time.Minute

// run runs a program that a profile names. What it says goes to the person, and
// it may ask them, if there is a person.
func (a *App) run(profile string) resolve.Runner {
	return func(ctx context.Context, c resolve.Command) ([]byte, error) {
		a.heed()
		p := process.Program{Environ: a.programEnviron(profile), Limit: resolve.MaxOutput, Timeout: processTimeout}
		if !a.alone {
			p.Stdin, p.Stderr, p.Together = os.Stdin, a.stderr, a.canAsk()
		}
		var err error
		switch {
		case c.Shell != "":
			p.Args = process.Shell(runtime.GOOS, a.getenv("SystemRoot"), c.Shell)
		case runtime.GOOS == "windows":
			p.Args, err = process.SplitWindows(c.Words)
		default:
			p.Args, err = process.Split(c.Words)
		}
		if err != nil {
			return nil, err
		}
		return process.Output(ctx, p)
	}
}

// programEnviron is the person's environment, without the activation: what a
// program is run for must not depend on what was active before.
func (a *App) programEnviron(profile string) []string {
	var environ []string
	for name, value := range a.outside() {
		if name != callingName {
			environ = append(environ, name+"="+value)
		}
	}
	calling := append(a.calling(), profile)
	return nodbus.Environ(append(environ, callingName+"="+strings.Join(calling, "\n")))
}

// calling lists the profiles whose credential_process this program is run by.
func (a *App) calling() []string {
	if v := a.getenv(callingName); v != "" {
		return strings.Split(v, "\n")
	}
	return nil
}

// maxNamed is how large a file may be that a setting names, in bytes.
const maxNamed = 1 << 20

// readNamed reads a file that a profile names.
func (a *App) readNamed(path string) ([]byte, error) {
	shown := path
	path = a.expandHome(path)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", shown, unwrapPath(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", shown)
	case info.Size() > maxNamed:
		return nil, fmt.Errorf("%s is larger than 1 MiB", shown)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", shown, unwrapPath(err))
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxNamed))
}

// ssoSession is what internal/sso wants to know of a plan's sign-in.
func ssoSession(in *resolve.SignIn) sso.Session {
	return sso.Session{
		Name: in.Session, StartURL: in.StartURL, Region: in.Region, Scopes: in.Scopes,
		OIDC: in.OIDC.URL, Portal: in.Portal.URL,
	}
}

// api is the door to AWS.
func (a *App) api(client func() (*http.Client, error)) *awsapi.Client {
	return &awsapi.Client{HTTP: client, Now: a.now, Warn: func(err error) { a.say("vault: warning: " + err.Error()) }}
}

// ssoClient signs in to IAM Identity Center. deviceCode is the person's wish;
// without a browser on this machine it is the only way.
func (a *App) ssoClient(client func() (*http.Client, error), deviceCode bool) *sso.Client {
	return &sso.Client{
		Dir:  a.below(".aws", "sso", "cache"),
		API:  a.api(client),
		Now:  a.now,
		Rand: rand.Reader,
		Lock: func(ctx context.Context, title string) (func(), error) {
			return a.lockFor(ctx, store.SessionKey{Type: "sso.SignIn", Hash: title}, "signing in to "+oneLine(title))
		},
		Person: a.signer(deviceCode),
	}
}

// lockFor takes a lock, and says so if another process has it for a while. Where
// none can be had, in a read-only home, one goes on without.
func (a *App) lockFor(ctx context.Context, k store.SessionKey, doing string) (func(), error) {
	lock := func(ctx context.Context) (func(), error) { return a.store().Lock(ctx, k) }
	unlock, err := a.waitFor(ctx, lock, doing)
	if err != nil && ctx.Err() == nil {
		a.say("vault: warning: " + err.Error())
		return func() {}, nil
	}
	return unlock, err
}

// unsaid is how long another process is waited for without a word.
const unsaid = 2 * time.Second

// waitFor takes a lock, and says so if another process has it for a while.
func (a *App) waitFor(ctx context.Context, lock func(context.Context) (func(), error), doing string) (func(), error) {
	a.heed() // from here on, others are waited for
	if a.alone {
		return lock(ctx)
	}
	briefly, cancel := context.WithTimeout(ctx, unsaid)
	defer cancel()
	unlock, err := lock(briefly)
	if err == nil || briefly.Err() == nil || ctx.Err() != nil {
		return unlock, err
	}
	a.say(fmt.Sprintf("vault: another shell is %s; waiting for it (Ctrl-C ends this)", doing))
	return lock(ctx)
}

// signer is the person who can sign in, nil if nobody is there.
func (a *App) signer(deviceCode bool) *sso.Person {
	t, err := a.terminal()
	if err != nil {
		return nil
	}
	p := &sso.Person{DeviceCode: deviceCode}
	w := a.browsers()
	if _, err := w.Command("https://example.com/"); err != nil || w.Remote() {
		p.DeviceCode = true
	} else if !a.noBrowser {
		p.Open = a.open
	}
	p.Show = func(session, page, code string) {
		t.Print("Sign in to " + oneLine(session) + ":\n  " + page + "\n")
		if code != "" {
			t.Print("Check that the page shows  " + code + "\n")
		}
	}
	return p
}

func (a *App) browsers() browser.World {
	return browser.World{
		GOOS: runtime.GOOS, Getenv: a.getenv, Look: exec.LookPath,
		WSL: runtime.GOOS == "linux" && (a.getenv("WSL_DISTRO_NAME") != "" || a.getenv("WSL_INTEROP") != ""),
	}
}

// open opens a page in the person's browser. They have been shown the address,
// so that a failure needs no word.
func (a *App) open(page string) {
	_, _, _ = a.launch(browser.Choice{}, page)
}

// ssoCredentials gets the credentials of a step of IAM Identity Center.
func (a *App) ssoCredentials(client func() (*http.Client, error)) func(context.Context, resolve.Step) (resolve.Credentials, error) {
	return func(ctx context.Context, s resolve.Step) (resolve.Credentials, error) {
		if a.below() == "" {
			return resolve.Credentials{}, errors.New("no home directory, so no place for a sign-in")
		}
		got, err := a.ssoClient(client, false).RoleCredentials(ctx, ssoSession(s.SignIn), s.SSOAccount, s.SSORole)
		if needed := (*sso.NeededError)(nil); errors.As(err, &needed) {
			if needed.Session.Name == "" { // settings of the old kind are those of the profile
				err = &hinted{err, "vault sso login " + oneLine(s.Profile)}
			}
			return resolve.Credentials{}, err
		}
		return credentials(got), s.Failed(err)
	}
}

func credentials(c aws.Credentials) resolve.Credentials {
	return resolve.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken, Expires: c.Expires}
}

// failed leaves the errors as they are that say what to type.
func failed(s resolve.Step, err error) error {
	if needed := (*signin.NeededError)(nil); errors.As(err, &needed) {
		return err
	}
	return s.Failed(err)
}

// loginDir is where `aws login` keeps its sign-ins.
func (a *App) loginDir() string {
	if v := a.getenv("AWS_LOGIN_CACHE_DIRECTORY"); v != "" {
		return a.expandHome(v)
	}
	return a.below(".aws", "login", "cache")
}

func (a *App) loginClient(client func() (*http.Client, error), s resolve.Step) *signin.Client {
	return &signin.Client{
		Dir: a.loginDir(), API: a.api(client), Now: a.now, Rand: rand.Reader,
		Lock: func(ctx context.Context) (func(), error) {
			return a.lockFor(ctx, store.SessionKey{Type: "login", Hash: s.LoginSession}, "renewing the credentials of aws login")
		},
	}
}

func loginSession(s resolve.Step) signin.Session {
	return signin.Session{ARN: s.LoginSession, Profile: s.Profile, Endpoint: s.Endpoint.URL, Region: s.Endpoint.Region}
}

// loginCredentials gets those of `aws login`, renewed if need be.
func (a *App) loginCredentials(client func() (*http.Client, error)) func(context.Context, resolve.Step) (resolve.Credentials, error) {
	return func(ctx context.Context, s resolve.Step) (resolve.Credentials, error) {
		got, err := a.loginClient(client, s).Credentials(ctx, loginSession(s))
		return credentials(got), failed(s, err)
	}
}
