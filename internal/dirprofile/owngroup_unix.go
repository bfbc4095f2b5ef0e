//go:build unix

package dirprofile

import (
	"os"
	"os/user"
	"strconv"

	"awsvault/internal/disk"
)

// longestList is far larger than any list of users or groups, in bytes.
const longestList = 16 << 20

// OwnGroup reports whether a group belongs to the user alone. Debian and Red Hat give each
// user such a group, and let it write the user's files.
func OwnGroup(gid int) bool {
	me, err := user.Current()
	if err != nil || me.Gid != strconv.Itoa(gid) {
		return false
	}
	passwd, err := disk.ReadFile("/etc/passwd", disk.Reading{Limit: longestList})
	if err != nil {
		return false
	}
	groups, err := disk.ReadFile("/etc/group", disk.Reading{Limit: longestList})
	return err == nil && IsOwnGroup(me.Username, os.Getuid(), gid, string(passwd), string(groups))
}
