package instant

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/call"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/grammar"
	"awsvault/internal/items"
	"awsvault/internal/lead"
	"awsvault/internal/lease"
	"awsvault/internal/misuse"
	"awsvault/internal/resolve"
	"awsvault/internal/say"
	"awsvault/internal/sealed"
	"awsvault/internal/vault"
)

// errElsewhere means that package cmd has to answer.
var errElsewhere = errors.New("not known without the keystore")

// answer answers a command that needs only the AWS files, the state directory and the
// kernel's key. If done is false, it has done nothing. Then cmd answers, with the same code
// and with everything that is missing here.
func answer(w *front.World, words []string) (status int, done bool) {
	if len(words) > 0 && words[0] == "__shell" {
		var err error
		if w.Shell, words, err = call.Read(words[1:]); err != nil {
			return 0, false
		}
	}
	line := grammar.Read(words, w.Getenv)
	if line.Wrong || line.Help || line.Command == nil {
		return 0, false
	}
	if w.Colour = line.Text("color"); !say.KnowsColour(w.Colour) {
		return 0, false
	}
	w.ForAgent = line.Switch("agent")
	name := line.Command.Name
	if name == "status" && w.Shell == nil {
		if line.Switch("server") || line.Switch("all") {
			return 0, false
		}
		w.ServedUntil = func(lease string) time.Time { return lead.Until(context.Background(), server(w), lease) }
		return w.Report(w.Status(line.Switch("json"), line.Switch("check"))), true
	}
	if w.Shell != nil != (name == "use") || runtime.GOOS != "linux" {
		return 0, false
	}
	switch name {
	case "use", "exec", "export", "credential-process":
		return deliver(w, line)
	case "list":
		return list(w, line)
	}
	return 0, false
}

// deliver answers a command with a cached session.
func deliver(w *front.World, line *grammar.Line) (status int, done bool) {
	if line.Switch("version") || misuse.Settings(line.Text, w.Getenv) != nil {
		return 0, false // cmd reports it
	}
	format := "json"
	if line.Command.Name == "export" {
		if format = line.Text("format"); !slices.Contains(env.Formats(), format) {
			return 0, false
		}
	}
	var program front.Program
	if line.Command.Name == "exec" && several(line) {
		return 0, false
	}
	if line.Command.Name == "exec" && !line.Switch("json") {
		for _, flag := range []string{"server", "ec2-server", "profile-env"} {
			if line.Switch(flag) || line.Given(flag) {
				return 0, false
			}
		}
		var err error
		if program, err = w.Program(line.Run); err != nil {
			return 0, false
		}
	}
	want, ok := wanted(w, line)
	if (program.Path != "" || w.Shell != nil) && w.Key() == nil {
		return 0, false // cmd has to make the key of states
	}
	if !ok {
		return 0, false
	}
	if line.Command.Name == "use" {
		return use(w, line, want)
	}
	plan, got, ok := cached(w, line, w.ConfigForFew, want)
	if !ok {
		return 0, false
	}
	w.Notes(plan)
	switch {
	case program.Path != "":
		return w.Report(w.Run(program, plan.Target(got))), true
	}
	return w.Report(w.Export(format, plan, got)), true
}

// use activates a profile with a cached session. With --via server it needs a running
// server: only cmd starts one.
func use(w *front.World, line *grammar.Line, want vault.Want) (status int, done bool) {
	via, led := line.Text("via"), w.Led(server(w))
	led.Config = sync.OnceValues(w.ConfigForFew)
	if via == env.ViaProfile || led.Can(via, want.NoSession) != nil {
		return 0, false
	}
	plan, got, ok := cached(w, line, led.Config, want)
	if !ok {
		return 0, false
	}
	target := plan.Target(got)
	prompt, err := led.Lead(context.Background(), &target, via)
	if errors.Is(err, errElsewhere) {
		return 0, false
	}
	w.Notes(plan)
	if err == nil {
		err = w.UseLed(context.Background(), led, target, prompt)
	}
	if err != nil {
		return w.Report(err), true
	}
	w.Remember(plan.Profile)
	return 0, true
}

// Server returns a client of the user's credential server. Each home has its own server,
// because it has its own sessions. The caller sets the field Start.
func Server(w *front.World) (lease.Client, error) {
	self, err := os.Executable()
	runtimeDir := w.RuntimeDir()
	if disk.Ours().CheckDir(filepath.Dir(runtimeDir)) != nil { // another user's directory, as after su
		runtimeDir = ""
	}
	return lease.Client{Place: lease.PlaceOf(w.StateDir(), runtimeDir), UID: os.Getuid(), Version: Version, Program: self}, err
}

// server returns a client of the user's credential server that never starts one.
func server(w *front.World) func() (lead.Server, error) {
	return func() (lead.Server, error) {
		c, err := Server(w)
		c.Start = func(context.Context) error { return errElsewhere }
		return c, err
	}
}

// several reports whether a line has a flag for several profiles.
func several(line *grammar.Line) bool {
	return slices.ContainsFunc(line.Command.Flags, func(f grammar.Flag) bool { return f.Group == grammar.Several && line.Given(f.Name) })
}

// wanted returns what a line asks for. ok is false if only cmd can find that out.
func wanted(w *front.World, line *grammar.Line) (want vault.Want, ok bool) {
	if len(line.Args) == 0 || line.Switch("fresh") || line.Text("session-backend") != "" {
		return want, false
	}
	want = vault.Want{Profile: line.Args[0], Region: line.Text("region"), NoSession: line.Switch("no-session"), OwnRegion: line.Command.Name == "use"}
	want.Printed = line.Command.Name == "export" || line.Command.Name == "exec" && line.Switch("json")
	want.ReadOnly, want.Policies = line.Switch("read-only"), line.All("policy")
	if text := line.Text("duration"); text != "" {
		d, err := resolve.ParseDuration(text)
		if err != nil {
			return want, false
		}
		want.Duration = d
	}
	if text := line.Text("min"); text != "" {
		d, err := resolve.ParseDuration(text)
		if err != nil {
			return want, false
		}
		want.Min = d
	}
	if want.Profile == "-" && w.Shell != nil {
		want.Profile = w.Previous()
	}
	return want, want.Profile != ""
}

// cached returns the wanted session, if it is cached and vault can deliver it without
// questions and further steps.
func cached(w *front.World, line *grammar.Line, config files, want vault.Want) (*vault.Plan, vault.Result, bool) {
	if w.StateDir() == "" {
		return nil, vault.Result{}, false
	}
	session := early(w, line, config, knownOf(w, w.Keystore(line.Text)))
	plan, got, ok := session.Cached(context.Background(), want)
	if !ok {
		return nil, vault.Result{}, false
	}
	if w.Shell != nil && plan.Protected {
		return nil, vault.Result{}, false // vault may have to ask for confirmation
	}
	return plan, got, true
}

// files reads the AWS files.
type files = func() (*awsconf.Config, error)

// early returns a vault session that asks no questions and uses only what is known without
// a keystore.
func early(w *front.World, line *grammar.Line, config files, keystore known) *vault.Session {
	world := w.Vault()
	world.Keystore = func(string, string, vault.Person) vault.Keystore { return keystore }
	world.Config = config
	world.Sources = func(*vault.Session) vault.Sources { return vault.Sources{} }
	return vault.New(world, vault.Nobody{}).On(line.Text("backend"), "")
}

// knownOf returns what vault remembers about a keystore.
func knownOf(w *front.World, where sealed.Keystore) known {
	c := sealed.Open(sealed.Settings{Dir: filepath.Join(w.StateDir(), "sessions"), Now: w.Now})
	return known{c, c.Knowledge(where.Place()), where.Backend, w.TypesPassphrase()}
}

// known stands for the keystore. It knows only what vault remembers about it.
type known struct {
	sessions *sealed.Cache
	keys     sealed.Knowledge
	backend  string // the one that a flag or variable names
	typed    bool   // the user types the passphrase of the file keystore
}

func (k known) Said() vault.Said { return k }

// Key returns what vault remembers about the key with that name.
func (k known) Key(profile string) (exists, known bool, revision string) {
	f, known := k.keys.Key(profile)
	return f.Exists, known, f.Revision
}

func (k known) Session(_ context.Context, key aws.SessionKey) (aws.Credentials, bool, error) {
	c, err := k.sessions.Session(key)
	return c, err == nil, nil
}

// Primes answers as far as that is known without the keystore.
func (k known) Primes(context.Context) bool {
	return items.Primes(cmp.Or(k.backend, k.keys.Backend()), k.typed)
}

// Delivering a cached session needs none of the following methods.

func (known) Typed() bool { return false }

func (known) Noted(aws.SessionKey, string) bool { return false }

func (known) Note(context.Context, aws.SessionKey, string) error { return errElsewhere }

func (known) Has(context.Context, string) (bool, error) { return false, errElsewhere }

func (known) Revision(context.Context, string) (string, error) { return "", errElsewhere }

func (known) Keys(context.Context, string) (aws.Credentials, error) {
	return aws.Credentials{}, errElsewhere
}

func (known) PutSession(context.Context, aws.SessionKey, aws.Credentials) error { return errElsewhere }

func (known) Lock(context.Context, aws.SessionKey) (func(), error) { return nil, errElsewhere }

var _ vault.Keystore = known{}
