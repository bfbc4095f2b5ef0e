package items

import (
	"encoding/binary"
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// InKernel lists the items in a keyring of the kernel. The keyring is inside the user's
// keyring. If it is missing, the list is empty.
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
			continue // it has disappeared, or belongs to someone else
		}
		// type;uid;gid;rights;description
		if fields := strings.SplitN(strings.TrimSuffix(string(text), "\x00"), ";", 5); len(fields) == 5 && fields[0] == "user" {
			items = append(items, fields[4])
		}
	}
	return items, nil
}

// KernelData returns the answer to a command about a key, of any length. It calls again only
// if the answer does not fit: unix.KeyctlString would call twice for each of the many keys in
// a listing.
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

// KeyIsGone reports whether an error means that the key does not exist.
func KeyIsGone(err error) bool {
	return errors.Is(err, unix.ENOKEY) || errors.Is(err, unix.EKEYEXPIRED) || errors.Is(err, unix.EKEYREVOKED)
}
