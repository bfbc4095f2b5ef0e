package world

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"awsvault/internal/aws"
	"awsvault/internal/sealed"
)

// Keyrings reports whether the kernel lets this process use keyrings.
func Keyrings() bool {
	_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true)
	return err == nil
}

// forget removes what vault has created in the kernel for a home: the key of its sessions and a
// keyring. They would outlive the test, and count against the user's quota.
func forget(home string) {
	sessions := sealed.Open(sealed.Settings{Dir: filepath.Join(home, ".local", "state", "awsvault", "sessions"), Now: time.Now})
	_, _ = sessions.Remove(context.Background(), func(aws.SessionKey) bool { return true }) // as below
	sum := sha256.Sum256([]byte(home))
	ring, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "keyring", "aws-vault "+hex.EncodeToString(sum[:4]), 0)
	if err == nil {
		_, _ = unix.KeyctlInt(unix.KEYCTL_UNLINK, ring, unix.KEY_SPEC_USER_KEYRING, 0, 0) // it is gone already, then
	}
}
