package lease

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/unixsock"
)

// Place says where a user's broker is.
type Place struct {
	Dir  string // 0700
	Name string
}

// PlaceOf returns the place of the user with that state directory. runtime is the directory
// for files that exist while the user is logged in; empty: there is none.
func PlaceOf(state, runtime string) Place {
	sum := sha256.Sum256([]byte(state))
	return Place{Dir: cmp.Or(runtime, state), Name: "broker-" + hex.EncodeToString(sum[:4])}
}

// Socket returns the path of the control socket.
func (p Place) Socket() string { return filepath.Join(p.Dir, p.Name+".sock") }

// Lock returns the path of a lock. A shell holds it while it starts a broker or takes a lease,
// and a broker while it ends.
func (p Place) Lock() string { return filepath.Join(p.Dir, p.Name+".lock") }

// Alive returns a path that exists while the keeper with that process ID runs, so that a shell
// can check it. It returns a path even if the keeper has just ended: the next prompt finds
// out. It returns an empty text if this system does not show a running keeper in this way.
//
// The path is the keeper's standard input. The links in /proc/PID itself stay until the parent
// has waited for an ended process, and PowerShell finds links that lead nowhere.
func Alive(keeper int) string {
	if keeper <= 0 {
		return ""
	}
	path := "/proc/" + strconv.Itoa(keeper) + "/fd/0"
	if _, err := os.Stat(path); err != nil && !ended(keeper) {
		return ""
	}
	return path
}

// ended reports whether a process has ended, also if its parent has not waited for it, or if
// the kernel has only closed its files so far.
func ended(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	if errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone) {
		return true
	}
	stat, err := disk.ReadFile("/proc/"+strconv.Itoa(pid)+"/stat", disk.Reading{Limit: 4096})
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // proc(5): "PID (NAME) STATE ...", flags is the ninth field
	if err != nil || len(fields) < 7 {
		return false
	}
	const exiting = 0x4 // PF_EXITING
	flags, _ := strconv.ParseUint(string(fields[6]), 10, 64)
	return string(fields[0]) == "Z" || flags&exiting != 0
}

// Client talks to a user's broker.
type Client struct {
	Place
	UID     int
	Version string
	Program string // the path of this program, for an older broker that hands over to it
	// Start starts a keeper, and returns when the keeper listens.
	Start func(ctx context.Context) error
}

// These are the time limits for an answer.
const (
	Quick   = 3 * time.Second  // from memory
	Patient = 30 * time.Second // for an answer that may need AWS
)

// Grant takes a lease. It starts a broker if there is none. The caller has already got the
// credentials, so they are in the cache.
func (c Client) Grant(ctx context.Context, t Terms) (Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, Patient)
	defer cancel()
	if err := c.check(); err != nil {
		return Lease{}, err
	}
	unlock, err := disk.Lock(ctx, c.Lock())
	if err != nil {
		return Lease{}, fmt.Errorf("start the credential server: %w", disk.Cause(err))
	}
	defer unlock()
	err = ErrNone
	for range 5 { // try again if a server ends while it is asked
		got, failed := c.ask(ctx, Request{Do: ToGrant, Terms: &t}, Patient)
		switch {
		case failed == nil && got.Lease != nil && got.Lease.URI != "" && got.Lease.Token != "":
			got.Lease.Keeper = got.Keeper
			return *got.Lease, nil
		case errors.Is(failed, errOlder):
			err = failed // in case no server gives way
			if _, failed = c.ask(ctx, Request{Do: ToYield, Program: c.Program}, Quick); failed != nil {
				return Lease{}, failed
			}
		case errors.Is(failed, ErrNone):
			if err = c.Start(ctx); err != nil {
				return Lease{}, err
			}
		case errors.Is(failed, errCut):
			err = failed
		case failed == nil:
			return Lease{}, errOdd
		default:
			return Lease{}, failed
		}
	}
	return Lease{}, err
}

// check refuses a directory in which other users could put a socket of their own.
func (c Client) check() error {
	if c.Dir == "" {
		return fault.Hinted(errors.New("there is no directory for the credential server's socket"), "set XDG_RUNTIME_DIR, or HOME")
	}
	if err := c.fits(); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fault.Hinted(fmt.Errorf("make the directory of the credential server's socket: %w", err), another)
	}
	if err := disk.Ours().CheckDir(c.Dir); err != nil {
		return fault.Hinted(fmt.Errorf("the credential server's socket would be in reach of others: %w", err), another)
	}
	return nil
}

// another is a hint for a directory that cannot be used.
const another = "set XDG_RUNTIME_DIR to another directory of yours, of mode 0700"

func (c Client) fits() error {
	if err := unixsock.Fit(c.Socket()); err != nil {
		return fault.Hinted(err, "set XDG_RUNTIME_DIR to a directory of yours with a shorter path")
	}
	return nil
}

// Revoke ends a lease: its next request is refused.
func (c Client) Revoke(ctx context.Context, id string) error {
	_, err := c.insist(ctx, Request{Do: ToRevoke, Lease: id}, Quick)
	return err
}

// RevokeAll ends all leases with that name, also those of other shells. Without a running
// broker there are none.
func (c Client) RevokeAll(ctx context.Context, name string) error {
	_, err := c.insist(ctx, Request{Do: ToRevoke, Name: name}, Quick)
	switch {
	case errors.Is(err, ErrNone):
		return nil
	case errors.Is(err, ErrUnknown): // an older server expects the ID of a lease
		return errOlder
	}
	return err
}

// Retire stops the renewal of a lease that the shell no longer uses, but programs that it has
// started may.
func (c Client) Retire(ctx context.Context, id string) error {
	_, err := c.insist(ctx, Request{Do: ToRetire, Lease: id}, Quick)
	return err
}

// Look returns the state of a lease.
func (c Client) Look(ctx context.Context, id string) (Lease, error) {
	return c.of(ctx, ToLook, id, Quick)
}

// Renew asks the source of a lease again.
func (c Client) Renew(ctx context.Context, id string) (Lease, error) {
	return c.of(ctx, ToRenew, id, Patient)
}

func (c Client) of(ctx context.Context, do, id string, limit time.Duration) (Lease, error) {
	got, err := c.insist(ctx, Request{Do: do, Lease: id}, limit)
	if err != nil {
		return Lease{}, err
	}
	if got.Lease == nil {
		return Lease{}, ErrUnknown
	}
	got.Lease.Keeper = got.Keeper
	return *got.Lease, nil
}

// Report returns everything that the broker serves.
func (c Client) Report(ctx context.Context) (Report, error) {
	got, err := c.insist(ctx, Request{Do: ToReport}, Quick)
	if err != nil {
		return Report{}, err
	}
	if got.Report == nil {
		return Report{}, errCut
	}
	return *got.Report, nil
}

var (
	errOlder  = fault.Hinted(errors.New("an older credential server is running, and does not give way"), "vault off in the shells that have a lease ends it")
	errCut    = errors.New("the credential server ended while it was asked")
	errSilent = fault.Hinted(errors.New("the credential server does not answer"), "vault use PROFILE --via env   does without it")
	errOdd    = errors.New("the credential server gives no lease, and does not say why")
)

// insist repeats a request if a server ends while it is asked, because another one is about to
// serve.
func (c Client) insist(ctx context.Context, r Request, limit time.Duration) (got Answer, err error) {
	for i := range 6 {
		if got, err = c.ask(ctx, r, limit); !errors.Is(err, errCut) {
			return got, err
		}
		select { // otherwise the ending server might be asked each time
		case <-ctx.Done():
			return got, err
		case <-time.After(5 * time.Millisecond << i):
		}
	}
	return got, err
}

// ask makes one request.
func (c Client) ask(ctx context.Context, r Request, limit time.Duration) (Answer, error) {
	if err := c.fits(); err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := unixsock.Dial(c.Socket())
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, errors.ErrUnsupported):
		return Answer{}, ErrNone
	case err != nil:
		return Answer{}, fmt.Errorf("ask the credential server: %w", disk.Cause(err))
	}
	defer conn.Close()
	if uid, _ := unixsock.Owner(conn); uid >= 0 && uid != c.UID {
		return Answer{}, fmt.Errorf("%s is served by user %d", c.Socket(), uid)
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	r.Protocol, r.Version = Protocol, c.Version
	var got Answer
	if err = json.NewEncoder(conn).Encode(r); err == nil {
		err = json.NewDecoder(io.LimitReader(conn, Longest)).Decode(&got)
	}
	switch cause := context.Cause(ctx); {
	case err != nil && errors.Is(cause, context.DeadlineExceeded):
		return Answer{}, errSilent
	case err != nil && cause != nil:
		return Answer{}, cause // the person has interrupted the request
	case got.Protocol == 0, err != nil && got.Protocol <= Protocol:
		return Answer{}, errCut
	case r.Do == ToGrant && (got.Protocol < Protocol || got.Protocol == Protocol && Newer(c.Version, got.Version)):
		return Answer{}, errOlder
	case got.Protocol > Protocol:
		return Answer{}, fault.Hinted(errors.New("the credential server is of a newer version"), "open a new shell")
	case got.Failure != nil && got.Failure.Text == ErrUnknown.Error():
		return Answer{}, ErrUnknown
	}
	return got, got.Failure.Err()
}

// Newer reports whether version a (1.2.3, or 1.2.3-rc1) comes after b.
func Newer(a, b string) bool {
	left, right := numbers(a), numbers(b)
	for i := range left {
		if left[i] != right[i] {
			return left[i] > right[i]
		}
	}
	return false
}

func numbers(version string) (n [3]int) {
	version, _, _ = strings.Cut(version, "-")
	for i, part := range strings.SplitN(version, ".", len(n)) {
		n[i], _ = strconv.Atoi(part)
	}
	return n
}
