package world

import (
	"crypto/sha256"
	"encoding/hex"

	"golang.org/x/sys/unix"
)

// forget removes the keyring that vault made in the kernel for a home: it would
// outlive the test, and count against the user's quota.
func forget(home string) {
	sum := sha256.Sum256([]byte(home))
	ring, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "keyring", "aws-vault "+hex.EncodeToString(sum[:4]), 0)
	if err == nil {
		_, _ = unix.KeyctlInt(unix.KEYCTL_UNLINK, ring, unix.KEY_SPEC_USER_KEYRING, 0, 0) // it is gone already, then
	}
}
