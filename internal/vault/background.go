package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// background renews one session in a separate process. A lock tells that the process runs, and
// a file records the result of the last one.
//
// The file is one line, "STATUS TIME TEXT". TIME is in seconds since 1970. STATUS is the kind
// of the error, or -1 while there is no result; TEXT is then [held] once the process has the
// lock. A successful renewal removes the file.
type background struct {
	session *Session
	name    string
}

const (
	starting = -1     // the STATUS of a process without a result
	held     = "held" // the TEXT of a process that has the lock, or was killed while it had it
)

const (
	// recently is how long other shells respect a failure.
	recently = 10 * time.Second
	// startTime is how long a process may take to get the lock, which can be many seconds on a
	// busy machine. A process that has had the lock and no longer holds it has ended: there is
	// no reason to wait.
	startTime = 45 * time.Second
	// maxRecord bounds the file. Longer error texts are cut.
	maxRecord = 4096
	maxReason = 2048
)

// background is named after the session that it renews. A profile of the same name that leads
// to another session, through another file or endpoint, gets another name.
func (p *Plan) background(ctx context.Context) (background, error) {
	key, err := p.SessionKey(ctx)
	if err != nil {
		return background{}, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", key))
	return background{p.session, hex.EncodeToString(sum[:12])}, nil
}

// lock takes the lock if it becomes free in time: a prompt holds it for a moment, to test
// whether it is free. Where no lock is possible, in a read-only home, the renewal continues
// without one.
func (b background) lock(ctx context.Context, wait time.Duration) (unlock func(), busy bool) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	unlock, err := b.session.keystore.Lock(ctx, aws.SessionKey{Type: "renewal", Hash: b.name})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, true
	case err != nil:
		return func() {}, false
	}
	return unlock, false
}

// running reports whether a process is renewing the session.
func (b background) running(ctx context.Context) bool {
	unlock, busy := b.lock(ctx, 10*time.Millisecond)
	if !busy {
		unlock()
	}
	return busy
}

// path is empty if no state directory is known.
func (b background) path() string {
	if b.session.world.StateDir == "" {
		return ""
	}
	return filepath.Join(b.session.world.StateDir, "renewals", b.name)
}

// begins records that a process is being started.
func (b background) begins() { b.write(starting, "") }

// holds records that the process has the lock.
func (b background) holds() { b.write(starting, held) }

// ends records the result.
func (b background) ends(err error) {
	if err != nil {
		b.write(int(fault.KindOf(err)), line.Printable(err.Error()))
	} else if b.path() != "" {
		os.Remove(b.path())
	}
}

// write replaces the line. If it fails, the next prompt only has less to show.
func (b background) write(status int, text string) {
	if b.path() == "" {
		return
	}
	text = strings.ToValidUTF8(text[:min(len(text), maxReason)], "")
	text = fmt.Sprintf("%d %d %s\n", status, b.session.Now().Unix(), text)
	err := disk.Replace(b.path(), []byte(text), disk.Options{MakeDir: true, NoSync: true, Check: b.check})
	if kind := (*disk.KindError)(nil); errors.As(err, &kind) { // a link, say: it would block every later write
		os.Remove(b.path())
	}
}

// check refuses a directory that others can write.
func (b background) check() error { return disk.Ours().CheckDir(filepath.Dir(b.path())) }

// look finds out whether a process is running, and what is on record. The process writes its
// record before it releases the lock, so look tests the lock first. If the record then says
// that the lock was taken, the process may have started in between, and look repeats both
// steps.
func (b background) look(ctx context.Context) (running, begun, recent bool, failure error) {
	for range 2 {
		running = b.running(ctx)
		begun, recent, failure = b.last()
		if running || !begun || recent {
			break
		}
	}
	return running, begun, recent, failure
}

// last reads the line. It ignores a line that is damaged, or that another user could have
// written.
func (b background) last() (begun, recent bool, failure error) {
	if b.path() == "" || b.check() != nil {
		return false, false, nil
	}
	data, err := disk.ReadFile(b.path(), disk.Reading{Limit: maxRecord, NoFollow: true, Check: func(info os.FileInfo) error {
		return disk.Ours().Check(b.path(), info)
	}})
	if err != nil {
		return false, false, nil
	}
	text, whole := strings.CutSuffix(string(data), "\n")
	fields := strings.SplitN(text, " ", 3)
	if !whole || len(fields) != 3 {
		return false, false, nil
	}
	status, err := strconv.Atoi(fields[0])
	seconds, err2 := strconv.ParseInt(fields[1], 10, 64)
	if err != nil || err2 != nil {
		return false, false, nil
	}
	age := b.session.Now().Sub(time.Unix(seconds, 0))
	if status == starting {
		return true, fields[2] != held && age >= 0 && age < startTime, nil
	}
	return false, age >= 0 && age < recently, &fault.Error{Text: line.Printable(fields[2]), Kind: fault.Kind(status)}
}
