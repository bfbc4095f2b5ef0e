package disk

import (
	"encoding/binary"
	"syscall"
)

// The access list of a file consists of a version in 4 bytes, and entries of tag, rights and
// ID. See linux/posix_acl_xattr.h and acl(5).
const (
	listName    = "system.posix_acl_access"
	listVersion = 2
	listUser    = 0x02 // a named user
	listGroup   = 0x08 // a named group
	listMask    = 0x10 // limits the rights of both
)

// listed reports whether an access list gives some of those rights to named users or groups,
// other than the owner and root. If a file has such a list, the group's rights in the file's
// mode are the mask. A list that cannot be read or understood counts as giving the rights.
func listed(path string, uid int, rights uint16) bool {
	list := make([]byte, 4<<10)
	n, err := syscall.Getxattr(path, listName, list)
	switch {
	case err == syscall.ENODATA, err == syscall.ENOTSUP, err == syscall.ENOENT:
		return false // no list, a file system without lists, or no file
	case err != nil:
		return true
	}
	return grants(list[:n], uid, rights)
}

func grants(list []byte, uid int, rights uint16) bool {
	if len(list) < 4 || len(list)%8 != 4 || binary.LittleEndian.Uint32(list) != listVersion {
		return true
	}
	var given uint16
	mask := ^uint16(0)
	for entry := list[4:]; len(entry) > 0; entry = entry[8:] {
		tag, right, id := binary.LittleEndian.Uint16(entry), binary.LittleEndian.Uint16(entry[2:]), int(binary.LittleEndian.Uint32(entry[4:]))
		switch tag {
		case listUser:
			if id != uid && id != 0 {
				given |= right
			}
		case listGroup:
			given |= right
		case listMask:
			mask = right
		}
	}
	return given&mask&rights != 0
}
