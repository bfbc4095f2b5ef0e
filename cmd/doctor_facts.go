package cmd

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"awsvault/cmd/instant"
	"awsvault/hooks"
	"awsvault/internal/awsapi"
	"awsvault/internal/doctor"
	"awsvault/internal/env"
	"awsvault/internal/program"
	"awsvault/internal/resolve"
	"awsvault/internal/source"
	"awsvault/internal/startup"
	"awsvault/internal/store"
)

// facts returns what doctor's checks need to know about this run. The argument hook is the
// hook's description of itself.
func (a *App) facts(hook string) doctor.Facts {
	expires, _ := a.Expires()
	host, _ := os.Hostname() // without it, a report hides one name less
	keystores := store.Anew{Settings: a.quietStore()}
	f := doctor.Facts{
		Version: instant.Version, GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, User: os.Getuid(), Host: host,
		Environ: a.Environ, Active: a.Active(), Expires: expires, Now: a.Now,
		Tilde: a.Tilde, Expiry: a.Expiry,
		Shell: a.shellFacts(hook), Places: a.places(keystores.FileDir), Config: a.Config, Mine: a.Mine,
		Backend: a.globals.Backend, SessionBackend: a.globals.SessionBackend, Keystores: keystores,
		Ask: a.askTime, SignIns: a.signIns(),
		Prompt: a.globals.Prompt, Look: exec.LookPath, Browser: a.browsers(),
	}
	if runtime.GOOS == "linux" {
		f.Proc = os.DirFS("/proc")
	}
	return f
}

// shellFacts describes the calling shell.
func (a *App) shellFacts(hook string) doctor.Shell {
	s := doctor.Shell{Hook: doctor.ReadHook(hook), SetUp: "vault init --help", Startup: a.startup()}
	s.Program, s.ProgramError = instant.Binary(a.Argv0)
	s.Name = s.Hook.Shell
	if s.Name == "" {
		s.Name = a.callingShell()
	}
	quoted, err := instant.QuotedBinary(a.Argv0, s.Name)
	if err != nil {
		return s
	}
	if slices.Contains(env.Hooks(), s.Name) {
		s.Rename = instant.Line(s.Name, quoted, hooks.Options{Name: "av"})
	}
	if _, err := exec.LookPath(program.Name(a.Argv0)); err == nil {
		quoted = program.Name(a.Argv0)
	}
	s.SetUp = startup.Command(s.Name, quoted)
	return s
}

// places returns the files that the checks look at. keys is the file keystore's directory.
func (a *App) places(keys string) doctor.Places {
	p := doctor.Places{
		Home: a.Home(), AWS: a.Below(".aws"), SignIns: []string{a.LoginDir()},
		Keys: keys, State: a.StateDir(), Runtime: a.RuntimeDir(),
	}
	if v := a.Getenv("AWS_CA_BUNDLE"); v != "" {
		p.CABundle = a.Expand(v)
	}
	if p.AWS != "" {
		p.SignIns = slices.Insert(p.SignIns, 0, filepath.Join(p.AWS, "sso", "cache"))
	}
	p.Config, _ = a.ConfigPath() // the check that reads the file finds the error
	p.Credentials, _ = a.CredentialsPath()
	return p
}

// quietStore returns settings with which a keystore asks no questions and gives up early.
func (a *App) quietStore() store.Settings {
	s := a.storeSettings(a.nobody())
	s.Timeout, s.PassedOver, s.Passphrase, s.NewPassphrase = doctor.KeystoreLimit, nil, nil, nil
	return s
}

// askTime returns a function that asks AWS for the time, at the plan's STS endpoint.
func (a *App) askTime(plan *resolve.Plan) (func(context.Context) (time.Time, error), error) {
	plan.CABundle.Text = a.Expand(plan.CABundle.Text)
	client, err := source.HTTPClient(a.outsider(), plan.CABundle)
	if err != nil {
		return nil, err
	}
	api := &awsapi.Client{HTTP: func() (*http.Client, error) { return client, nil }, Now: a.Now}
	return func(ctx context.Context) (time.Time, error) { return api.Date(ctx, plan.STS().URL) }, nil
}

// signIns looks at the user's sign-ins without asking questions.
func (a *App) signIns() source.SignIns {
	return source.SignIns{World: a.sources(), Session: a.session().As(a.nobody())}
}
