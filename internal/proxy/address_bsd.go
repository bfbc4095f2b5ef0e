//go:build unix && !linux

package proxy

import (
	"context"
	"net"
	"os"
	"syscall"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/process"
)

func privileged() bool { return os.Geteuid() == 0 }

var errPrivilege = &fault.Error{Text: "only root can put " + Address + " on this machine", Hint: "sudo vault proxy"}

// add puts the address on an interface. Here addresses have no lifetime: if this process is
// killed, the address stays until the next proxy ends or the machine restarts.
func add(ctx context.Context, on net.Interface, _ time.Duration) error {
	if has(on) {
		return nil
	}
	return ifconfig(ctx, on.Name, "alias", Address, "netmask", "255.255.255.255")
}

func remove(ctx context.Context, on net.Interface) error {
	if !has(on) {
		return nil
	}
	return ifconfig(ctx, on.Name, "-alias", Address)
}

// ifconfig runs ifconfig by its full path, because PATH is the user's.
func ifconfig(ctx context.Context, args ...string) error {
	_, err := process.Output(ctx, process.Program{Args: append([]string{"/sbin/ifconfig"}, args...), Timeout: 10 * time.Second})
	return err
}

// onLoopback does nothing: if a packet for the address arrives through another interface, the
// server sees its source.
func onLoopback(string) func(network, address string, c syscall.RawConn) error { return nil }
