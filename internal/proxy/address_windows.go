package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/windows"

	"awsvault/internal/fault"
	"awsvault/internal/process"
)

// Only the address needs an administrator's rights: every user may listen on its port. So only
// the address stays, until `vault proxy --stop` or the next restart of the machine.

// privileged returns true, and the exit code of netsh decides: an account can have just this
// one right.
func privileged() bool { return true }

var errPrivilege = &fault.Error{Text: "only an administrator can put " + Address + " on this machine", Hint: "vault proxy, in a terminal that runs as administrator"}

// ErrNone means that the address is not there.
var ErrNone = errors.New("no vault proxy is running")

func add(ctx context.Context, on net.Interface, _ time.Duration) error {
	if has(on) {
		return nil
	}
	return netsh(ctx, on, "add", "255.255.255.255", "store=active")
}

func remove(ctx context.Context, on net.Interface) error {
	if !has(on) {
		return nil
	}
	return netsh(ctx, on, "delete")
}

// netsh uses numbers: that of the interface, and its own exit code. Its text is in the
// language of the machine.
func netsh(ctx context.Context, on net.Interface, verb string, more ...string) error {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return err
	}
	args := append([]string{filepath.Join(system, "netsh.exe"), "interface", "ipv4", verb, "address", strconv.Itoa(on.Index), Address}, more...)
	_, err = process.Output(ctx, process.Program{Args: args, Environ: []string{"SystemRoot=" + filepath.Dir(system)}, Timeout: 30 * time.Second})
	exit := (*exec.ExitError)(nil)
	if !errors.As(err, &exit) {
		return err
	}
	if !windows.GetCurrentProcessToken().IsElevated() {
		return errPrivilege
	}
	return fmt.Errorf("netsh ended with code %d", exit.ExitCode())
}

// Ask listens on the address, if the machine has it.
func Ask(ctx context.Context) (net.Listener, error) {
	on, err := loopback()
	if err != nil {
		return nil, err
	}
	if !has(on) {
		return nil, ErrNone
	}
	return new(net.ListenConfig).Listen(ctx, "tcp4", Endpoint)
}

// Stop removes the address.
func Stop(ctx context.Context) error {
	on, err := loopback()
	if err != nil {
		return err
	}
	if !has(on) {
		return ErrNone
	}
	return remove(ctx, on)
}

func loopback() (net.Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return net.Interface{}, err
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 {
			return i, nil
		}
	}
	return net.Interface{}, errors.New("there is no loopback interface")
}

// Run leaves the address in place: every user may serve on its port.
func Run(ctx context.Context, s Settings, ready func()) error {
	_, err := Hold(ctx, s)
	if err == nil {
		ready()
	}
	return err
}

// HandOver is not needed on Windows.
func HandOver(context.Context, Settings, *os.File) error {
	return fault.NewUsage("sockets are not handed over on Windows", "vault proxy")
}

// AsRoot fails: this program cannot become an administrator.
func AsRoot(...string) ([]string, error) { return nil, errPrivilege }

// Own is not needed on Windows.
func Own(_, _ context.Context, _, _ []string, _, _ *os.File) (net.Listener, error) {
	return nil, errPrivilege
}
