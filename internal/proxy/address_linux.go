package proxy

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"awsvault/internal/fault"
)

func privileged() bool { return os.Geteuid() == 0 }

var errPrivilege = &fault.Error{Text: "only root can put " + Address + " on this machine", Hint: "sudo vault proxy"}

// addressRequest is a request of rtnetlink(7) for one address of an interface, with its
// lifetime.
type addressRequest struct {
	Header  unix.NlMsghdr
	Address unix.IfAddrmsg
	Local   attribute[[4]byte]
	Peer    attribute[[4]byte]
	Life    attribute[cacheInfo]
}

type attribute[T any] struct {
	Header unix.RtAttr
	Value  T
}

func newAttribute[T any](kind uint16, value T) attribute[T] {
	return attribute[T]{unix.RtAttr{Len: uint16(unsafe.Sizeof(attribute[T]{})), Type: kind}, value}
}

// cacheInfo is ifa_cacheinfo of linux/if_addr.h, in seconds.
type cacheInfo struct{ Preferred, Valid, Created, Updated uint32 }

// add puts the address on an interface, or sets a new lifetime if the address is there. It is
// for programs on this machine only: /32, scope host. The kernel removes the address at the
// end of its lifetime.
func add(_ context.Context, on net.Interface, life time.Duration) error {
	return change(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, on, life)
}

func remove(_ context.Context, on net.Interface) error {
	err := change(unix.RTM_DELADDR, 0, on, 0)
	if err == unix.EADDRNOTAVAIL { // its lifetime has ended
		return nil
	}
	return err
}

func change(kind, flags uint16, on net.Interface, life time.Duration) error {
	seconds := uint32(max(life, time.Second) / time.Second)
	four := netip.MustParseAddr(Address).As4()
	q := addressRequest{
		Address: unix.IfAddrmsg{Family: unix.AF_INET, Prefixlen: 32, Scope: unix.RT_SCOPE_HOST, Index: uint32(on.Index)},
		Local:   newAttribute(unix.IFA_LOCAL, four),
		Peer:    newAttribute(unix.IFA_ADDRESS, four),
		Life:    newAttribute(unix.IFA_CACHEINFO, cacheInfo{Preferred: seconds, Valid: seconds}),
	}
	q.Header = unix.NlMsghdr{Len: uint32(unsafe.Sizeof(q)), Type: kind, Flags: flags | unix.NLM_F_REQUEST | unix.NLM_F_ACK, Seq: 1}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	wait := unix.Timeval{Sec: 2}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return err
	}
	request := unsafe.Slice((*byte)(unsafe.Pointer(&q)), int(unsafe.Sizeof(q)))
	if err := unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, answer, 0)
	if err != nil {
		return err
	}
	type ack struct {
		Header unix.NlMsghdr
		Errno  int32
	}
	if n < int(unsafe.Sizeof(ack{})) {
		return unix.EIO
	}
	a := (*ack)(unsafe.Pointer(&answer[0]))
	switch {
	case a.Header.Type != unix.NLMSG_ERROR:
		return unix.EIO
	case a.Errno != 0:
		return syscall.Errno(-a.Errno)
	}
	return nil
}

// onLoopback makes a socket accept only connections through its interface: a neighbour on the
// network could send packets for the address here.
func onLoopback(name string) func(network, address string, c syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		failed := error(nil)
		if err := c.Control(func(fd uintptr) { failed = unix.BindToDevice(int(fd), name) }); err != nil {
			return err
		}
		return failed
	}
}
