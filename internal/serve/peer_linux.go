package serve

import (
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ownerOfUnix is who connected to a Unix socket (unix(7), SO_PEERCRED).
func ownerOfUnix(c *net.UnixConn) (uid, pid int) {
	uid = -1
	raw, err := c.SyscallConn()
	if err != nil {
		return uid, 0
	}
	raw.Control(func(fd uintptr) {
		if who, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			uid, pid = int(who.Uid), int(who.Pid)
		}
	})
	return uid, pid
}

// ownerOfTCP is the user who owns the socket at one end of a connection on this
// machine, or -1. The kernel is asked for exactly that socket (sock_diag(7)); where it
// does not answer, its table is read.
func ownerOfTCP(socket, other netip.AddrPort) int {
	if uid, ok := askDiag(socket, other); ok {
		return uid
	}
	return readTable(socket, other)
}

// The shapes of linux/inet_diag.h.
type diagID struct {
	Port, OtherPort [2]byte
	Address, Other  [16]byte
	Interface       uint32
	Cookie          [2]uint32
}

type diagRequest struct {
	Header                       unix.NlMsghdr
	Family, Protocol, Extra, Pad uint8
	States                       uint32
	ID                           diagID
}

type diagAnswer struct {
	Header                        unix.NlMsghdr
	Family, State, Timer, Retrans uint8
	ID                            diagID
	Expires, Read, Write          uint32
	UID, Inode                    uint32
}

const (
	sockDiagByFamily = 20
	sizeofRequest    = int(unsafe.Sizeof(diagRequest{}))
	sizeofAnswer     = int(unsafe.Sizeof(diagAnswer{}))
)

func askDiag(socket, other netip.AddrPort) (uid int, ok bool) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, false
	}
	defer unix.Close(fd)
	wait := unix.Timeval{Usec: 200_000}
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait)
	q := diagRequest{
		Header: unix.NlMsghdr{Len: uint32(sizeofRequest), Type: sockDiagByFamily, Flags: unix.NLM_F_REQUEST, Seq: 1},
		Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: ^uint32(0),
		ID: diagID{Cookie: [2]uint32{^uint32(0), ^uint32(0)}},
	}
	if socket.Addr().Is6() {
		q.Family = unix.AF_INET6
	}
	copy(q.ID.Address[:], socket.Addr().AsSlice())
	copy(q.ID.Other[:], other.Addr().AsSlice())
	binary.BigEndian.PutUint16(q.ID.Port[:], socket.Port())
	binary.BigEndian.PutUint16(q.ID.OtherPort[:], other.Port())
	request := unsafe.Slice((*byte)(unsafe.Pointer(&q)), sizeofRequest)
	if unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}) != nil {
		return 0, false
	}
	answer := make([]byte, 4096)
	n, from, err := unix.Recvfrom(fd, answer, 0)
	if kernel, isNetlink := from.(*unix.SockaddrNetlink); err != nil || n < sizeofAnswer || !isNetlink || kernel.Pid != 0 {
		return 0, false
	}
	a := (*diagAnswer)(unsafe.Pointer(&answer[0]))
	if a.Header.Type != sockDiagByFamily || a.ID.Port != q.ID.Port || a.ID.OtherPort != q.ID.OtherPort || a.Inode == 0 {
		return 0, false
	}
	return int(a.UID), true
}

// readTable looks for the socket in /proc/net, where a program that uses IPv6 for an
// IPv4 address is in the other table.
func readTable(socket, other netip.AddrPort) int {
	for path, want := range map[string]string{
		"/proc/net/tcp":  tableEnd(socket.Addr().AsSlice(), socket.Port()) + " " + tableEnd(other.Addr().AsSlice(), other.Port()),
		"/proc/net/tcp6": tableEnd(in6(socket.Addr()), socket.Port()) + " " + tableEnd(in6(other.Addr()), other.Port()),
	} {
		table, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		for row := range strings.Lines(string(table)) {
			// sl local remote st queues timer retransmits uid timeout inode
			f := strings.Fields(row)
			if len(f) < 10 || f[1]+" "+f[2] != want || f[9] == "0" {
				continue
			}
			if uid, err := strconv.Atoi(f[7]); err == nil {
				return uid
			}
		}
	}
	return -1
}

func in6(a netip.Addr) []byte {
	b := a.As16()
	return b[:]
}

// tableEnd is one end of a connection as /proc/net/tcp has it: words of four bytes in
// the machine's order.
func tableEnd(address []byte, port uint16) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i+4 <= len(address); i += 4 {
		word := binary.NativeEndian.Uint32(address[i:])
		for shift := 28; shift >= 0; shift -= 4 {
			b.WriteByte(digits[word>>shift&15])
		}
	}
	b.WriteByte(':')
	for shift := 12; shift >= 0; shift -= 4 {
		b.WriteByte(digits[port>>shift&15])
	}
	return b.String()
}
