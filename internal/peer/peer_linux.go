package peer

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"awsvault/internal/disk"
)

// Known reports whether this system can tell the owner of a connection.
const Known = true

// OfTCP returns the user who owns the socket at one end of a connection on this machine. It
// returns -1 if the socket does not exist or no process has it any more. It asks the kernel
// for exactly that socket (sock_diag(7)). Only if the kernel does not answer does OfTCP read
// the kernel's table, which lists all connections of the machine.
func OfTCP(socket, other netip.AddrPort) int {
	if uid, answered := askDiag(socket, other); answered {
		return uid
	}
	return readTable(socket, other)
}

// The structures of linux/inet_diag.h.
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

type diagError struct {
	Header unix.NlMsghdr
	Errno  int32
}

const (
	sockDiagByFamily = 20
	established      = 1 // TCP_ESTABLISHED
	sizeofError      = int(unsafe.Sizeof(diagError{}))
	sizeofRequest    = int(unsafe.Sizeof(diagRequest{}))
	sizeofAnswer     = int(unsafe.Sizeof(diagAnswer{}))
)

// askDiag asks the kernel. An unknown socket, or one that nothing has open, also counts as an
// answer.
func askDiag(socket, other netip.AddrPort) (uid int, answered bool) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return -1, false
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
		return -1, false
	}
	answer := make([]byte, 4096)
	n, from, err := unix.Recvfrom(fd, answer, 0)
	if kernel, isNetlink := from.(*unix.SockaddrNetlink); err != nil || n < sizeofError || !isNetlink || kernel.Pid != 0 {
		return -1, false
	}
	if e := (*diagError)(unsafe.Pointer(&answer[0])); e.Header.Type == unix.NLMSG_ERROR {
		return -1, e.Errno == -int32(unix.ENOENT)
	}
	a := (*diagAnswer)(unsafe.Pointer(&answer[0]))
	switch {
	case n < sizeofAnswer || a.Header.Type != sockDiagByFamily:
		return -1, false
	case a.ID.Port != q.ID.Port || a.ID.OtherPort != q.ID.OtherPort || a.State != established || a.Inode == 0:
		return -1, true // it listens, or it has been closed
	}
	return int(a.UID), true
}

// longestTable is the size of a table of some hundred thousand connections, in bytes.
const longestTable = 64 << 20

// readTable searches /proc/net for the socket. If a program uses IPv6 for an IPv4 address, the
// socket is in the other table.
func readTable(socket, other netip.AddrPort) int {
	for path, want := range map[string]string{
		"/proc/net/tcp":  tableEnd(socket.Addr().AsSlice(), socket.Port()) + " " + tableEnd(other.Addr().AsSlice(), other.Port()),
		"/proc/net/tcp6": tableEnd(in6(socket.Addr()), socket.Port()) + " " + tableEnd(in6(other.Addr()), other.Port()),
	} {
		table, err := disk.ReadFile(path, disk.Reading{Limit: longestTable})
		if err != nil {
			continue
		}
		for row := range strings.Lines(string(table)) {
			// sl local remote st queues timer retransmits uid timeout inode
			f := strings.Fields(row)
			if len(f) < 10 || f[1]+" "+f[2] != want || f[3] != "01" || f[9] == "0" {
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

// tableEnd formats one end of a connection as in /proc/net/tcp: words of four bytes in the
// machine's byte order.
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
