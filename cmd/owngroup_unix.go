//go:build unix

package cmd

import (
	"os"
	"os/user"
	"strconv"
	"strings"
)

// ownGroup reports whether a group is the user's alone: it has the user's name and
// nobody else is in it. Debian and Red Hat give each user one, and let it write what
// the user makes. group(5).
func ownGroup(gid int) bool {
	me, err := user.Current()
	if err != nil || me.Gid != strconv.Itoa(gid) {
		return false
	}
	groups, err := os.ReadFile("/etc/group")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(groups)) {
		// name:password:gid:members
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) == 4 && f[2] == me.Gid {
			return f[0] == me.Username && (f[3] == "" || f[3] == me.Username)
		}
	}
	return false
}
