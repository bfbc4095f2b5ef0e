package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/99designs/keyring"
	"golang.org/x/sys/unix"

	"awsvault/internal/items"
)

// kernel is a keyring in the kernel's memory: a keyring of the library's form inside the
// user's keyring. Its sessions disappear by themselves when they expire, which the library
// cannot do.
//
// Every process of the user sees the user's keyring, from any login session, container or cron
// job. But by default, the kernel gives keys only to processes that possess them: those whose
// session keyring links to the user's. cron and su often start sessions without that link. So
// vault grants the user the same rights as the possessor (keyrings(7), "Access rights").
// Others gain nothing by that, since any process of the user can link the user's keyring and
// possess it.
type kernel struct {
	ring string
	now  func() time.Time
}

// rights gives all rights to the possessor and to the user, and none to others.
const rights = 0x3f3f0000

func kernelAnswers() bool {
	_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true)
	return err == nil
}

func openKernel(s Settings) (keystore, error) {
	if !kernelAnswers() {
		return nil, unavailable("keyctl", "the kernel refuses keyrings to this process",
			"containers forbid them by default")
	}
	return kernel{s.Keyring, s.Now}, nil
}

// find returns the keyring's number, or ErrNotFound.
func (k kernel) find() (int, error) {
	return search(unix.KEY_SPEC_USER_KEYRING, "keyring", k.ring)
}

func (k kernel) keys(context.Context) ([]string, error) {
	listed, err := items.InKernel(k.ring)
	if err != nil {
		return nil, kernelError("list keyring", err)
	}
	return listed, nil
}

func (k kernel) has(_ context.Context, key string) (bool, error) {
	_, _, err := k.lookup(key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (k kernel) get(_ context.Context, key string) (keyring.Item, error) {
	_, number, err := k.lookup(key)
	if err != nil {
		return keyring.Item{}, err
	}
	data, err := items.KernelData(unix.KEYCTL_READ, number)
	if err != nil {
		return keyring.Item{}, kernelError("read key", err)
	}
	return keyring.Item{Key: key, Data: data}, nil
}

// set makes the key in a keyring of this thread, which has the right to change the key's
// rights and time-out. It links the complete key into the keyring, where it replaces a key of
// the same name.
func (k kernel) set(ctx context.Context, item keyring.Item) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ring, err := k.make()
	if err != nil {
		return err
	}
	number, err := addKey(ctx, item)
	if err != nil {
		return kernelError("add key", err)
	}
	defer unix.KeyctlInt(unix.KEYCTL_UNLINK, number, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
	if err := unix.KeyctlSetperm(number, rights); err != nil {
		return kernelError("set the rights of the key", err)
	}
	if session, ok := items.ParseSession(item.Key); ok {
		left := max(1, int(session.Expires.Sub(k.now()).Seconds()))
		if _, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, number, left, 0, 0); err != nil {
			return kernelError("set the time-out of the key", err)
		}
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_LINK, number, ring, 0, 0); err != nil {
		return kernelError("link key", err)
	}
	return nil
}

// addKey makes the key in the thread's keyring. Replaced and removed keys count against the
// user's quota until the kernel has cleaned up, some milliseconds later.
func addKey(ctx context.Context, item keyring.Item) (number int, err error) {
	for range 20 {
		number, err = unix.AddKey("user", item.Key, item.Data, unix.KEY_SPEC_THREAD_KEYRING)
		if !errors.Is(err, unix.EDQUOT) {
			break
		}
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return number, err
}

func (k kernel) remove(_ context.Context, key string) error {
	ring, number, err := k.lookup(key)
	if err != nil {
		return err
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_UNLINK, number, ring, 0, 0); err != nil {
		return kernelError("remove key", err)
	}
	return nil
}

func (k kernel) lookup(key string) (ring, number int, err error) {
	ring, err = k.find()
	if err != nil {
		return 0, 0, err
	}
	number, err = search(ring, "user", key)
	return ring, number, err
}

// make returns the keyring, and creates it if it is missing. If two processes do so at once,
// one wins, and the other uses the winner's keyring. The caller has locked the thread to the
// goroutine.
func (k kernel) make() (int, error) {
	ring, err := k.find()
	if !errors.Is(err, ErrNotFound) {
		return ring, err
	}
	ring, err = unix.AddKey("keyring", k.ring, nil, unix.KEY_SPEC_THREAD_KEYRING)
	if err != nil {
		return 0, kernelError("add keyring", err)
	}
	defer unix.KeyctlInt(unix.KEYCTL_UNLINK, ring, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
	if err := unix.KeyctlSetperm(ring, rights); err != nil {
		return 0, kernelError("set the rights of the keyring", err)
	}
	_, err = unix.KeyctlInt(unix.KEYCTL_MOVE, ring,
		unix.KEY_SPEC_THREAD_KEYRING, unix.KEY_SPEC_USER_KEYRING, unix.KEYCTL_MOVE_EXCL)
	switch {
	case errors.Is(err, unix.EEXIST):
		return k.find()
	case errors.Is(err, unix.EOPNOTSUPP): // Linux before 5.3 has no KEYCTL_MOVE
		_, err = unix.KeyctlInt(unix.KEYCTL_LINK, ring, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	}
	if err != nil {
		return 0, kernelError("link keyring", err)
	}
	return ring, nil
}

func search(ring int, kind, name string) (int, error) {
	number, err := unix.KeyctlSearch(ring, kind, name, 0)
	if err != nil {
		return 0, kernelError("search keyring", err)
	}
	return number, nil
}

// kernelError translates the errors for a key that is gone.
func kernelError(action string, err error) error {
	switch {
	case items.KeyIsGone(err):
		return ErrNotFound
	case errors.Is(err, unix.EDQUOT):
		return quotaError(err)
	}
	return fmt.Errorf("%s: %w", action, err)
}
