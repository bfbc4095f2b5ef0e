package many

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/person"
	"awsvault/internal/process"
	"awsvault/internal/program"
	"awsvault/internal/say"
	"awsvault/internal/vault"
)

// Run runs a command for many profiles.
type Run struct {
	Flags
	Session *vault.Session
	Person  vault.Person
	Want    vault.Want // Profile may hold patterns
	Config  func() (*awsconf.Config, error)
	Stored  []string // the names of stored keys; nil if they are unknown
	// Program finds the program. It returns a function that prepares the program with the
	// credentials of a target.
	Program func() (func(env.Target) (process.Program, error), error)
	Say     func(text string)
	Report  func(err error) // shows an error

	stdout, stderr *Output
	inks           [2]say.Ink // for stdout and stderr
	profiles       []Profile
	obtain         func(ctx context.Context, p Profile, asks bool) (Command, error)
	mu             sync.Mutex
	results        []result
}

// Command runs the program with one profile's credentials, and returns its status.
type Command func(ctx context.Context, stdout, stderr io.Writer) (int, error)

// result is the outcome for one profile.
type result struct {
	begun  bool
	status int
	ready  Command // set when the credentials are available
}

// Streams sets the two outputs, which never print at the same time.
func (r *Run) Streams(stdout, stderr *os.File, ink func(*os.File) say.Ink, screen func(*os.File) bool) {
	mu := &sync.Mutex{}
	r.stdout, r.stderr = &Output{To: stdout, mu: mu, Screen: screen(stdout)}, &Output{To: stderr, mu: mu, Screen: screen(stderr)}
	r.inks = [2]say.Ink{ink(stdout), ink(stderr)}
}

// All chooses the profiles and runs the command for each.
func (r *Run) All(ctx context.Context) error {
	atOnce, err := atOnce(r.Parallel)
	if err != nil {
		return err
	}
	config, err := r.Config()
	if err != nil {
		return err
	}
	choice, err := Choose(Wish{r.Want.Profile, r.Accounts, r.Tag}, Catalogue(config, r.Session, r.Stored))
	if err != nil {
		return err
	}
	for _, p := range choice.Profiles { // a full name chose it
		if err := env.CheckProfile(p.Name); err != nil {
			return fault.Hinted(err, "vault edit   to give it another name")
		}
	}
	for _, text := range choice.LeftOut() {
		r.Say(text)
	}
	if r.DryRun {
		_, err := io.WriteString(r.stdout.To, choice.Table())
		return err
	}
	program, err := r.Program()
	if err != nil {
		return err // before vault asks the person for a code
	}
	r.profiles = choice.Profiles
	r.obtain = r.obtainer(program)
	return r.do(ctx, atOnce)
}

// obtainer returns a function that gets credentials and returns the command that runs the
// program with them. If asks is false, it asks nothing.
func (r *Run) obtainer(command func(env.Target) (process.Program, error)) func(ctx context.Context, p Profile, asks bool) (Command, error) {
	asked := r.Session.As(person.Turns{Person: r.Person, Mu: &sync.Mutex{}})
	silent := r.Session.As(vault.Nobody{Tell: r.Say})
	return func(ctx context.Context, p Profile, asks bool) (Command, error) {
		session := silent
		if asks {
			session = asked
		}
		want := r.Want
		want.Profile = p.Name
		plan, got, err := session.Obtain(ctx, want)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, stdout, stderr io.Writer) (int, error) {
			r.mu.Lock()
			run, err := command(plan.Target(got))
			r.mu.Unlock()
			if err != nil {
				return 0, err
			}
			run.NoTerminal = true // its questions would be lost among the other commands' lines
			status, err := process.Stream(ctx, run, stdout, stderr)
			if err != nil && !errors.Is(err, process.ErrOutput) {
				err = cannotRun(run.Args[0], err)
			}
			return status, err
		}, nil
	}
}

// cannotRun returns the error for a program that was found but cannot be run.
func cannotRun(path string, err error) error {
	status := fault.Kind(program.CannotRun)
	if errors.Is(err, fs.ErrNotExist) { // the interpreter in its #! line
		status = program.NotFound
	}
	return fault.Of(status, fmt.Errorf("run %s: %w", path, err))
}

// do runs the command for all profiles. The error is silent and has the worst status.
//
// Questions come first, one of each kind, so that a person can answer and leave. The first of
// the profiles that share an answer gets its credentials before any command runs.
func (r *Run) do(ctx context.Context, atOnce int) error {
	r.results = make([]result, len(r.profiles))
	refused := map[string]bool{}
	seen := map[string]bool{}
	for i, p := range r.profiles {
		if ctx.Err() != nil {
			break
		}
		if p.Question == "" || seen[p.Question] {
			continue
		}
		seen[p.Question] = true
		ready, err := r.obtain(ctx, p, true)
		if r.results[i] = (result{ready: ready}); err != nil {
			r.failed(ctx, i, err)
			refused[p.Question] = p.Question != keystore || fault.KindOf(err) == fault.Person
			if r.FailFast {
				return r.ended(ctx)
			}
		}
	}
	each(len(r.profiles), atOnce, func(i int) bool {
		if ctx.Err() != nil {
			return false
		}
		if r.results[i].status == 0 { // otherwise it has already failed
			r.one(ctx, i, !refused[r.profiles[i].Question])
		}
		return r.results[i].status == 0 || !r.FailFast
	})
	return r.ended(ctx)
}

// one runs the command for one profile.
func (r *Run) one(ctx context.Context, i int, asks bool) {
	p, out := r.profiles[i], &r.results[i]
	var err error
	run := out.ready
	if run == nil {
		run, err = r.obtain(ctx, p, asks)
		if !asks && fault.KindOf(err) == fault.Person { // the error was reported for the profile that did ask
			out.status = int(fault.Person)
			return
		}
		if err != nil {
			r.failed(ctx, i, err)
			return
		}
	}
	out.ready = nil // keep the credentials no longer than the command runs
	out.begun = true
	stdout, stderr := r.lines(i)
	status, err := run(ctx, stdout, stderr)
	err = errors.Join(err, stdout.Close(), stderr.Close())
	if out.status = status; err != nil {
		r.failed(ctx, i, err)
	}
}

// failed records an error of one profile. It reports the error unless the person cancelled the
// run.
func (r *Run) failed(ctx context.Context, i int, err error) {
	r.results[i].status = int(fault.KindOf(err))
	if ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.Report(&fault.Error{Text: line.Printable(r.profiles[i].Name) + ": " + err.Error(), Cause: err})
	}
}

// colours for the names. Red is reserved for errors, and a colour that many screens do not
// show is omitted.
var colours = [...]string{"\x1b[36m", "\x1b[32m", "\x1b[33m", "\x1b[35m", "\x1b[34m"}

// lines returns the output streams of one command.
func (r *Run) lines(i int) (stdout, stderr *Lines) {
	p := r.profiles[i]
	if r.Lines != "" { // one stream of objects
		return r.stdout.JSON(p, "stdout"), r.stdout.JSON(p, "stderr")
	}
	name := line.Pad(line.Printable(p.Name), r.width()) + " | "
	paint := func(ink say.Ink) string { return ink.Paint(colours[i%len(colours)], name) }
	return r.stdout.Prefixed(paint(r.inks[0])), r.stderr.Prefixed(paint(r.inks[1]))
}

// widest limits the column of names. A longer name shifts its lines.
const widest = 30

// width returns the width of the column of names.
func (r *Run) width() (n int) {
	for _, p := range r.profiles {
		n = max(n, min(widest, line.Width(line.Printable(p.Name))))
	}
	return n
}

// ended summarises the result in one line and returns the worst status.
func (r *Run) ended(ctx context.Context) error {
	var ok, unbegun, worst int
	var bad []string
	for i, out := range r.results {
		switch {
		case out.status != 0:
			bad = append(bad, fmt.Sprintf("%s (%d)", line.Printable(r.profiles[i].Name), out.status))
			worst = max(worst, out.status)
		case out.begun:
			ok++
		default:
			unbegun++
		}
	}
	text := fmt.Sprintf("%s: %d succeeded", line.Count(len(r.profiles), "profile"), ok)
	if len(bad) > 0 {
		text += fmt.Sprintf(", %d failed: %s", len(bad), shortened(bad))
	}
	if unbegun > 0 {
		text += fmt.Sprintf("; %d not run", unbegun)
	}
	if worst == 0 {
		text = "note: " + text
	}
	r.Say("vault: " + text)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case worst != 0:
		return fault.Silent(fault.Kind(worst))
	}
	return nil
}

// shownNames limits the number of failed profiles that the summary names.
const shownNames = 10

func shortened(names []string) string {
	if over := len(names) - shownNames; over > 0 {
		return strings.Join(names[:shownNames], ", ") + fmt.Sprintf(" and %d more", over)
	}
	return strings.Join(names, ", ")
}
