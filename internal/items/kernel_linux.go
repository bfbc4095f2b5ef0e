package items

import (
	"encoding/binary"
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// InKernel lists the items in a keyring of the kernel's; none if there is none. The
// keyring is inside the user's keyring.
func InKernel(ring string) ([]string, error) {
	if _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true); err != nil {
		return nil, err
	}
	number, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "keyring", ring, 0)
	if KeyIsGone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	numbers, err := KernelData(unix.KEYCTL_READ, number)
	if err != nil {
		return nil, err
	}
	var items []string
	for ; len(numbers) >= 4; numbers = numbers[4:] {
		text, err := KernelData(unix.KEYCTL_DESCRIBE, int(int32(binary.NativeEndian.Uint32(numbers))))
		if err != nil {
			continue // it went away since, or belongs to someone else
		}
		// type;uid;gid;rights;description
		if fields := strings.SplitN(strings.TrimSuffix(string(text), "\x00"), ";", 5); len(fields) == 5 && fields[0] == "user" {
			items = append(items, fields[4])
		}
	}
	return items, nil
}

// KernelData is the answer to a command about a key, however long it is. It calls
// again only if the answer does not fit: for the many keys of a listing,
// unix.KeyctlString would call twice each.
func KernelData(command, number int) ([]byte, error) {
	data := make([]byte, 2048)
	for {
		size, err := unix.KeyctlBuffer(command, number, data, 0)
		if err != nil {
			return nil, err
		}
		if size <= len(data) {
			return data[:size], nil
		}
		data = make([]byte, size)
	}
}

// KeyIsGone tells whether an error says that there is no such key.
func KeyIsGone(err error) bool {
	return errors.Is(err, unix.ENOKEY) || errors.Is(err, unix.EKEYEXPIRED) || errors.Is(err, unix.EKEYREVOKED)
}
