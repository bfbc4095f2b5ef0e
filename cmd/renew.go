package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"awsvault/internal/env"
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
	r := a.renewal(s)
	unlock, busy := r.lock()
	if busy {
		return nil
	}
	defer unlock()
	w := again(s)
	w.minLife = max(expires.Sub(a.now()), 0) + time.Minute
	_, err := a.obtain(w)
	r.record(err)
	return err
}

// renewal is the renewal of one session: its lock, and what became of the last.
type renewal struct {
	app  *App
	name string
}

func (a *App) renewal(s env.State) renewal {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %v %v %q %q", s.Profile, s.About.Region, s.About.Duration, s.About.NoSession, s.About.Backend, s.About.ARN))
	return renewal{a, hex.EncodeToString(sum[:12])}
}

// lock takes the lock if nobody has it. Where no lock can be had, in a read-only
// home, one goes on without, as for sessions.
func (r renewal) lock() (unlock func(), busy bool) {
	ctx, cancel := context.WithTimeout(r.app.ctx, 10*time.Millisecond)
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
	unlock, busy := r.lock()
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
	os.Remove(r.path())
	cmd := exec.Command(self, "__renew")
	cmd.Env = r.app.childEnviron()
	cmd.Dir = string(filepath.Separator) // the person's directory can be removed or unmounted
	detach(cmd)
	return cmd.Start()
}

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
	if r.path() != "" && os.MkdirAll(filepath.Dir(r.path()), 0o700) == nil {
		text := fmt.Sprintf("%d %s\n", statusOf(err), oneLine(err.Error()))
		_ = os.WriteFile(r.path(), []byte(text), 0o600) // without it the prompt says less
	}
}

// failure reads what record left.
func (r renewal) failure() error {
	text, err := os.ReadFile(r.path())
	if errors.Is(err, fs.ErrNotExist) || err != nil || len(text) > 4096 {
		return nil
	}
	status, rest, ok := strings.Cut(strings.TrimSpace(string(text)), " ")
	if !ok {
		return nil
	}
	if status == fmt.Sprint(statusPerson) {
		return &personError{text: rest}
	}
	return errors.New(rest)
}
