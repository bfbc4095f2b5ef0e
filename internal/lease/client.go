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

// Place is where the broker of a user is found.
type Place struct {
	Dir  string // 0700
	Name string
}

// PlaceOf is that of the user whose state is in a directory. runtime is empty where there
// is no directory for what lives as long as the user is logged in.
func PlaceOf(state, runtime string) Place {
	sum := sha256.Sum256([]byte(state))
	return Place{Dir: cmp.Or(runtime, state), Name: "broker-" + hex.EncodeToString(sum[:4])}
}

// Socket is the control socket's path.
func (p Place) Socket() string { return filepath.Join(p.Dir, p.Name+".sock") }

// Lock is held by who starts a broker or takes a lease, and by a broker that ends.
func (p Place) Lock() string { return filepath.Join(p.Dir, p.Name+".lock") }

// Alive is a path that is there while the keeper of that number runs, for a shell to look
// at. A keeper that has ended in the meantime has one too: the next prompt finds out. It is
// empty where a keeper that runs cannot be seen in this way.
//
// It is the keeper's standard input. The links of /proc/PID stay until the parent of an
// ended process has waited for it, and PowerShell finds links that lead nowhere.
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

// ended tells whether a process has, also if its parent has not waited for it, or if the
// kernel has only closed its files yet.
func ended(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	if errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone) {
		return true
	}
	stat, err := disk.ReadFile("/proc/"+strconv.Itoa(pid)+"/stat", disk.Reading{Limit: 4096})
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // proc(5): "PID (NAME) STATE ...", flags is the ninth
	if err != nil || len(fields) < 7 {
		return false
	}
	const exiting = 0x4 // PF_EXITING
	flags, _ := strconv.ParseUint(string(fields[6]), 10, 64)
	return string(fields[0]) == "Z" || flags&exiting != 0
}

// Client talks to the broker of a user.
type Client struct {
	Place
	UID     int
	Version string
	Program string // the path of this program, to which an older broker hands over
	// Start starts a keeper, and returns when it listens.
	Start func(ctx context.Context) error
}

// How long an answer may take.
const (
	Quick   = 3 * time.Second  // from memory
	Patient = 30 * time.Second // one that AWS may have to be asked for
)

// Grant takes a lease, from a broker that is started if there is none. What is leased
// was got already, so it is there.
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
	for range 5 { // a server that ends while it is asked is replaced
		got, failed := c.ask(ctx, Request{Do: ToGrant, Terms: &t}, Patient)
		switch {
		case failed == nil && got.Lease != nil && got.Lease.URI != "" && got.Lease.Token != "":
			got.Lease.Keeper = got.Keeper
			return *got.Lease, nil
		case errors.Is(failed, errOlder):
			err = failed // if none of them gives way
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

// check refuses a directory in which others could put a socket of their own.
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

// another is what to do where a socket cannot be had in its place.
const another = "set XDG_RUNTIME_DIR to another directory of yours, of mode 0700"

func (c Client) fits() error {
	if err := unixsock.Fit(c.Socket()); err != nil {
		return fault.Hinted(err, "set XDG_RUNTIME_DIR to a directory of yours with a shorter path")
	}
	return nil
}

// Revoke ends a lease: the next request for it is refused.
func (c Client) Revoke(ctx context.Context, id string) error {
	_, err := c.insist(ctx, Request{Do: ToRevoke, Lease: id}, Quick)
	return err
}

// RevokeAll ends the leases of a name, those of other shells too. Where no broker runs,
// there are none.
func (c Client) RevokeAll(ctx context.Context, name string) error {
	_, err := c.insist(ctx, Request{Do: ToRevoke, Name: name}, Quick)
	switch {
	case errors.Is(err, ErrNone):
		return nil
	case errors.Is(err, ErrUnknown): // it asks for the lease that an older one needs
		return errOlder
	}
	return err
}

// Retire stops the renewal of a lease that the shell has left, but that programs which it
// has started may still use.
func (c Client) Retire(ctx context.Context, id string) error {
	_, err := c.insist(ctx, Request{Do: ToRetire, Lease: id}, Quick)
	return err
}

// Look tells what a lease has.
func (c Client) Look(ctx context.Context, id string) (Lease, error) {
	return c.of(ctx, ToLook, id, Quick)
}

// Renew has the source of a lease asked again.
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

// Report tells all that the broker serves.
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

// insist asks again where a server ended while it was asked: another is about to serve.
func (c Client) insist(ctx context.Context, r Request, limit time.Duration) (got Answer, err error) {
	for i := range 6 {
		if got, err = c.ask(ctx, r, limit); !errors.Is(err, errCut) {
			return got, err
		}
		select { // else the one that ends might be asked each time
		case <-ctx.Done():
			return got, err
		case <-time.After(5 * time.Millisecond << i):
		}
	}
	return got, err
}

// ask asks once.
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
		return Answer{}, cause // the person has interrupted it
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

// Newer tells whether version a (1.2.3, or 1.2.3-rc1) comes after b.
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
