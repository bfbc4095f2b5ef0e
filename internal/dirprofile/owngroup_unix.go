//go:build unix

package dirprofile

import (
	"os"
	"os/user"
	"strconv"

	"awsvault/internal/disk"
)

// longestList is far above a list of users or groups, in bytes.
const longestList = 16 << 20

// OwnGroup reports whether a group is the user's alone. Debian and Red Hat give each
// user one, and let it write what the user makes.
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
