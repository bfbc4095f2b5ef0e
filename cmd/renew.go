package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/resolve"
	"awsvault/internal/store"
)

// RenewCmd is the process in the background that fills the cache, for the prompt
// to pick up. It has no terminal, asks nobody, and is gone within renewLimit.
type RenewCmd struct{}

const renewLimit = 45 * time.Second

// Run renews what is active in the environment it inherited.
func (*RenewCmd) Run(a *App) error {
	s := a.active()
	expires, _ := a.expires()
	if !s.Active() || expires.IsZero() {
		return nil
	}
	a.globals.Backend, a.globals.SessionBackend = s.About.Backend, s.About.SessionBackend
	ctx, cancel := context.WithTimeout(a.ctx, renewLimit)
	defer cancel()
	a.ctx, a.alone = ctx, true
	w := again(s)
	// Not those that another shell has got in the meantime if they are due, too.
	w.minLife = env.Window(s.About.Lifetime) + time.Second
	plan, deps, err := a.plan(w)
	if err != nil {
		return err // the prompt's own plan will say it
	}
	r, err := a.renewal(plan, deps)
	if err != nil {
		return err
	}
	unlock, busy := r.lock(time.Second)
	if busy {
		return nil
	}
	defer unlock()
	got, err := plan.Credentials(ctx, deps)
	if err == nil {
		err = a.later(got, expires)
	}
	deps.MinTTL, deps.MinLife = 0, 0
	if err == nil {
		if _, found, _ := plan.Cached(ctx, deps); !found {
			err = errors.New("the new session could not be kept")
		}
	}
	r.record(err)
	return err
}

// later refuses credentials that are no renewal: a prompt that took them would ask
// for new ones again, and again.
func (a *App) later(got resolve.Result, than time.Time) error {
	switch e := got.Credentials.Expires; {
	case e.IsZero():
		return nil
	case !e.After(a.now()):
		return errors.New("what AWS gives has expired already by this machine's clock")
	case !e.After(than):
		return errors.New("what AWS gives ends no later")
	}
	return nil
}

// renewal is the renewal of one session: its lock, and what became of the last.
type renewal struct {
	app  *App
	name string
}

// renewal is named after the session: shells in which a profile of that name
// leads elsewhere, by another file or endpoint, have another.
func (a *App) renewal(plan *resolve.Plan, deps resolve.Deps) (renewal, error) {
	key, err := plan.Session(a.ctx, deps)
	if err != nil {
		return renewal{}, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", key))
	return renewal{a, hex.EncodeToString(sum[:12])}, nil
}

// lock takes the lock if nobody has it for that long: a prompt that looks whether
// somebody has it takes it for a moment. Where no lock can be had, in a read-only
// home, one goes on without, as for sessions.
func (r renewal) lock(wait time.Duration) (unlock func(), busy bool) {
	ctx, cancel := context.WithTimeout(r.app.ctx, wait)
	defer cancel()
	unlock, err := r.app.store().Lock(ctx, store.SessionKey{Type: "renewal", Hash: r.name})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, true
	case err != nil:
		return func() {}, false
	}
	return unlock, false
}

func (r renewal) running() bool {
	unlock, busy := r.lock(10 * time.Millisecond)
	if !busy {
		unlock()
	}
	return busy
}

// start starts the process: a session of its own without a terminal, nothing
// open, nobody to wait for it.
func (r renewal) start() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	r.write(starting, "")
	cmd := exec.Command(self, "__renew")
	cmd.Env = r.app.childEnviron()
	cmd.Dir = string(filepath.Separator) // the person's directory can be removed or unmounted
	detach(cmd)
	if err := cmd.Start(); err != nil {
		os.Remove(r.path())
		return err
	}
	return nil
}

// A renewal leaves one line: "STATUS TIME TEXT". TIME is in seconds since 1970;
// STATUS is that of its error, or starting until it has the lock and a result.
// Nothing is left of one that went well.
const starting = -1

// fresh is how long the others let a failure of one shell, and a process that has
// yet to get its lock, count for them.
const fresh = 10 * time.Second

// path is empty where no home is known: a relative one would be the person's directory.
func (r renewal) path() string {
	if r.app.stateDir() == "" {
		return ""
	}
	return filepath.Join(r.app.stateDir(), "renewals", r.name)
}

// record leaves a failure for the prompt to find: its status and its text, one
// line, without a secret as all errors.
func (r renewal) record(err error) {
	if err == nil {
		os.Remove(r.path())
		return
	}
	r.write(statusOf(err), oneLine(err.Error()))
}

// write replaces the line. Without it, where it cannot be written, the prompt
// says less. A new file each time: where others can write, too, it could be a link.
func (r renewal) write(status int, text string) {
	if r.path() == "" || os.MkdirAll(filepath.Dir(r.path()), 0o700) != nil {
		return
	}
	os.Remove(r.path())
	file, err := os.OpenFile(r.path(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	fmt.Fprintf(file, "%d %d %s\n", status, r.app.now().Unix(), text)
	file.Close()
}

// last reads the line: that it is starting, or what failed, and whether that is
// only just so.
func (r renewal) last() (begun, recent bool, failure error) {
	if info, err := os.Lstat(r.path()); err != nil || !info.Mode().IsRegular() || info.Size() > 4096 {
		return false, false, nil
	}
	line, err := os.ReadFile(r.path())
	if err != nil {
		return false, false, nil
	}
	fields := strings.SplitN(strings.TrimSuffix(string(line), "\n"), " ", 3)
	if len(fields) != 3 {
		return false, false, nil
	}
	seconds, err := strconv.ParseInt(fields[1], 10, 64)
	age := r.app.now().Sub(time.Unix(seconds, 0))
	recent = err == nil && age >= 0 && age < fresh
	switch fields[0] {
	case fmt.Sprint(starting):
		return true, recent, nil
	case fmt.Sprint(statusPerson):
		return false, recent, &personError{text: fields[2]}
	}
	return false, recent, errors.New(fields[2])
}
