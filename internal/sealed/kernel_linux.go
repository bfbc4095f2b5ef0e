package sealed

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// systemKernel is the keyring that Linux has for each user (@u).
//
// Every process of the user sees it, from any login session or cron job. But by default, the
// kernel gives keys only to processes that possess them: those whose session keyring links to
// the user's. cron and su often start sessions without that link. So the key grants the user
// the same rights as the possessor (keyrings(7), "Access rights"). Others gain nothing by
// that, since any process of the user can link the user's keyring and so possess it.
type systemKernel struct{}

// rights gives all rights to the possessor and to the user, and none to others.
const rights = 0x3f3f0000

func (systemKernel) Read(name string, into []byte) (int, error) {
	number, err := find(name)
	if err != nil {
		return 0, err
	}
	n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, number, into, 0)
	if err != nil {
		return 0, kernelError("read key", err)
	}
	return n, nil
}

func find(name string) (int, error) {
	number, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", name, 0)
	if err != nil {
		return 0, kernelError("search key", err)
	}
	return number, nil
}

// Add makes the key in a keyring of this thread, which has the right to change the key's
// rights and time-out. It moves the complete key.
func (k systemKernel) Add(name string, key []byte, life time.Duration) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	number, err := unix.AddKey("user", name, key, unix.KEY_SPEC_THREAD_KEYRING)
	if err != nil {
		return kernelError("add key", err)
	}
	defer unix.KeyctlInt(unix.KEYCTL_UNLINK, number, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
	if err := unix.KeyctlSetperm(number, rights); err != nil {
		return kernelError("set the rights of the key", err)
	}
	if err := keep(number, life); err != nil {
		return err
	}
	_, err = unix.KeyctlInt(unix.KEYCTL_MOVE, number,
		unix.KEY_SPEC_THREAD_KEYRING, unix.KEY_SPEC_USER_KEYRING, unix.KEYCTL_MOVE_EXCL)
	if errors.Is(err, unix.EEXIST) {
		var there [keySize + 1]byte
		if n, err := k.Read(name, there[:]); err == nil && n == keySize {
			return ErrExists
		}
		// A key that has expired, or that another program put there, is in the way.
		err = link(number)
	} else if errors.Is(err, unix.EOPNOTSUPP) { // before Linux 5.3
		err = link(number)
	}
	if err != nil {
		return kernelError("link key", err)
	}
	return nil
}

// link puts a key into the user's keyring, and replaces one of the same name.
func link(number int) error {
	_, err := unix.KeyctlInt(unix.KEYCTL_LINK, number, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	return err
}

func (systemKernel) Keep(name string, life time.Duration) error {
	number, err := find(name)
	if err != nil {
		return err
	}
	return keep(number, life)
}

// keep rounds up: the kernel counts whole seconds.
func keep(number int, life time.Duration) error {
	seconds := int((life + time.Second - 1) / time.Second)
	if _, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, number, max(seconds, 1), 0, 0); err != nil {
		return kernelError("set the time-out of the key", err)
	}
	return nil
}

// Remove invalidates the key, which removes it from every keyring that links to it.
func (systemKernel) Remove(name string) error {
	number, err := find(name)
	if err != nil {
		return err
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_INVALIDATE, number, 0, 0, 0); err != nil {
		return kernelError("remove key", err)
	}
	return nil
}

// kernelError recognises the errors for a key that is gone, and those for forbidden keyrings:
// seccomp returns EPERM or EACCES, and a kernel without keyrings ENOSYS.
func kernelError(action string, err error) error {
	for _, gone := range []error{unix.ENOKEY, unix.EKEYEXPIRED, unix.EKEYREVOKED} {
		if errors.Is(err, gone) {
			return ErrMissing
		}
	}
	for _, refused := range []error{unix.EPERM, unix.EACCES, unix.ENOSYS, unix.EOPNOTSUPP} {
		if errors.Is(err, refused) {
			return ErrRefused
		}
	}
	return fmt.Errorf("%s: %w", action, err)
}
