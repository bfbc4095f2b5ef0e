package browser

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// PeersKnown says that a page can tell whose a connection is.
const PeersKnown = true

// established is a connection that a process still has: of one that nobody has any
// more the kernel says that it is root's.
const established = "01"

// ours says that a connection within this machine is of this user, or of root. The
// kernel lists the sockets with their owners: proc_pid_net(5). A browser may use a
// socket of IPv6 for an address of IPv4.
func ours(client, server netip.AddrPort) bool {
	for table, prefix := range map[string]string{"/proc/net/tcp": "", "/proc/net/tcp6": "0000000000000000FFFF0000"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line) // sl local_address rem_address st queues tr tm->when retrnsmt uid
			if len(f) < 8 || f[3] != established || f[1] != prefix+inTable(client) || f[2] != prefix+inTable(server) {
				continue
			}
			uid, err := strconv.Atoi(f[7])
			return err == nil && (uid == os.Getuid() || uid == 0)
		}
	}
	return false
}

// inTable spells an address as the kernel does: its number in the machine's order of bytes.
func inTable(a netip.AddrPort) string {
	ip := a.Addr().Unmap().As4()
	return fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(ip[:]), a.Port())
}
