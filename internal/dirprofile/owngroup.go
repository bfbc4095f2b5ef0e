package dirprofile

import (
	"strconv"
	"strings"
)

// IsOwnGroup reports whether a group belongs to one user alone: it has the user's name, it is
// the primary group of that user and of no other, and it has no other member. passwd and
// groups are the system's lists: passwd(5), group(5). They do not contain what a directory
// service adds.
func IsOwnGroup(user string, uid, gid int, passwd, groups string) bool {
	id := strconv.Itoa(gid)
	own := false
	for line := range strings.Lines(passwd) {
		// name:password:uid:gid:...
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) < 4 || f[3] != id {
			continue
		}
		if f[2] != strconv.Itoa(uid) {
			return false
		}
		own = own || f[0] == user
	}
	named := false
	for line := range strings.Lines(groups) {
		// name:password:gid:members
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) < 4 || f[2] != id {
			continue
		}
		if f[0] != user || f[3] != "" && f[3] != user {
			return false
		}
		named = true
	}
	return own && named
}
