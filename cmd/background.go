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

	"awsvault/internal/fault"
	"awsvault/internal/store"
	"awsvault/internal/vault"
)

// background is the renewal of one session by a process of its own: its lock, and
// what became of the last.
type background struct {
	app  *App
	name string
}

// background is named after the session. A shell in which a profile of that name
// means another one, by another file or endpoint, has anotheb.
func (a *App) background(ctx context.Context, plan *vault.Plan) (background, error) {
	key, err := plan.SessionKey(ctx)
	if err != nil {
		return background{}, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", key))
	return background{a, hex.EncodeToString(sum[:12])}, nil
}

// lock takes the lock if it is free within that time: a prompt that looks whether it
// is free takes it for a moment. Where no lock can be had, in a read-only
// home, one goes on without, as for sessions.
func (b background) lock(ctx context.Context, wait time.Duration) (unlock func(), busy bool) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	unlock, err := b.app.store().Lock(ctx, store.SessionKey{Type: "renewal", Hash: b.name})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, true
	case err != nil:
		return func() {}, false
	}
	return unlock, false
}

func (b background) running(ctx context.Context) bool {
	unlock, busy := b.lock(ctx, 10*time.Millisecond)
	if !busy {
		unlock()
	}
	return busy
}

// start starts the process: a session of its own without a terminal, nothing
// open, nobody to wait for it.
func (b background) start() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b.write(starting, "")
	cmd := exec.Command(self, "__renew")
	cmd.Env = b.app.childEnviron()
	cmd.Dir = string(filepath.Separator) // the person's directory can be removed or unmounted
	detach(cmd)
	if err := cmd.Start(); err != nil {
		os.Remove(b.path())
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
func (b background) path() string {
	if b.app.stateDir() == "" {
		return ""
	}
	return filepath.Join(b.app.stateDir(), "renewals", b.name)
}

// record leaves a failure for the prompt to find: its status and its text, one
// line, without a secret as all errors.
func (b background) record(err error) {
	if err == nil {
		os.Remove(b.path())
		return
	}
	b.write(statusOf(err), oneLine(err.Error()))
}

// write replaces the line. Without it, where it cannot be written, the prompt
// says less. A new file each time: where others can write, too, it could be a link.
func (b background) write(status int, text string) {
	if b.path() == "" || os.MkdirAll(filepath.Dir(b.path()), 0o700) != nil {
		return
	}
	os.Remove(b.path())
	file, err := os.OpenFile(b.path(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	fmt.Fprintf(file, "%d %d %s\n", status, b.app.now().Unix(), text)
	file.Close()
}

// last reads the line: that it is starting, or what failed, and whether that is
// only just so.
func (b background) last() (begun, recent bool, failure error) {
	if info, err := os.Lstat(b.path()); err != nil || !info.Mode().IsRegular() || info.Size() > 4096 {
		return false, false, nil
	}
	line, err := os.ReadFile(b.path())
	if err != nil {
		return false, false, nil
	}
	fields := strings.SplitN(strings.TrimSuffix(string(line), "\n"), " ", 3)
	if len(fields) != 3 {
		return false, false, nil
	}
	seconds, err := strconv.ParseInt(fields[1], 10, 64)
	age := b.app.now().Sub(time.Unix(seconds, 0))
	recent = err == nil && age >= 0 && age < fresh
	switch fields[0] {
	case fmt.Sprint(starting):
		return true, recent, nil
	case fmt.Sprint(statusPerson):
		return false, recent, fault.NewPerson(fields[2], "")
	}
	return false, recent, errors.New(fields[2])
}
