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

// background is the renewal of one session by a process of its own: a lock that the
// process holds, and a file that says what became of the last one.
//
// The file is one line, "STATUS TIME TEXT". TIME is in seconds since 1970. STATUS is
// the kind of the error, or -1 until there is a result: TEXT is then [held] once the
// process has the lock. There is no file after a renewal that went well.
type background struct {
	session *Session
	name    string
}

const (
	starting = -1     // the STATUS of a process that has no result yet
	held     = "held" // the TEXT of one that has the lock, or had it and was killed
)

const (
	// recently is how long a failure counts for other shells.
	recently = 10 * time.Second
	// startTime is how long a process may take until it has the lock: on a machine with too
	// much to do, that is many seconds. One that has had the lock, and has it no more, is gone
	// at once.
	startTime = 45 * time.Second
	// maxRecord bounds the file. Longer error texts are cut.
	maxRecord = 4096
	maxReason = 2048
)

// background is named after the session that it gets. Where a profile of the same
// name means another session, by another file or endpoint, it is another one.
func (p *Plan) background(ctx context.Context) (background, error) {
	key, err := p.SessionKey(ctx)
	if err != nil {
		return background{}, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", key))
	return background{p.session, hex.EncodeToString(sum[:12])}, nil
}

// lock takes the lock if it is free within that time: a prompt takes it for a moment
// to see whether it is free. Where there can be no lock, in a read-only home, the
// renewal goes on without one.
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

// running says whether a process is at it.
func (b background) running(ctx context.Context) bool {
	unlock, busy := b.lock(ctx, 10*time.Millisecond)
	if !busy {
		unlock()
	}
	return busy
}

// path is empty where no state directory is known.
func (b background) path() string {
	if b.session.world.StateDir == "" {
		return ""
	}
	return filepath.Join(b.session.world.StateDir, "renewals", b.name)
}

// begins records that a process is being started.
func (b background) begins() { b.write(starting, "") }

// holds records that the process has come so far as to have the lock.
func (b background) holds() { b.write(starting, held) }

// ends records the result.
func (b background) ends(err error) {
	if err != nil {
		b.write(int(fault.KindOf(err)), line.Printable(err.Error()))
	} else if b.path() != "" {
		os.Remove(b.path())
	}
}

// write replaces the line. If that fails, the next prompt knows less, and says less.
func (b background) write(status int, text string) {
	if b.path() == "" {
		return
	}
	text = strings.ToValidUTF8(text[:min(len(text), maxReason)], "")
	text = fmt.Sprintf("%d %d %s\n", status, b.session.Now().Unix(), text)
	err := disk.Replace(b.path(), []byte(text), disk.Options{MakeDir: true, NoSync: true, Check: b.check})
	if kind := (*disk.KindError)(nil); errors.As(err, &kind) { // a link, say: it would be in the way for ever
		os.Remove(b.path())
	}
}

// check refuses a directory that others can write.
func (b background) check() error { return disk.Ours().CheckDir(filepath.Dir(b.path())) }

// look finds out whether a process is at it, and what is on record. It writes before it
// lets go of the lock, so the lock is looked at first; and again where the record says that
// it was taken: that may have been in between.
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

// last reads the line. A line that is damaged, or that another user could have
// written, says nothing.
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
