// Package statekey keeps the key that authenticates the state variables of this user's
// shells: 32 random bytes in a file of the state directory.
//
// It does not know what a state is, or what the key is used for. Without the key, vault
// only loses the proof that a state is its own, so no error here ends a command.
package statekey

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"awsvault/internal/disk"
)

// File is the name of the key's file.
const File = "state-key"

// size of the key, in bytes.
const size = 32

// Read reads the key, if there is one. It rejects a key that another user could have read or
// written.
func Read(dir string) ([]byte, error) {
	if dir == "" {
		return nil, errors.New("the state directory is not known")
	}
	if err := disk.Ours().CheckDir(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, File)
	rule := disk.Ours()
	rule.Private = true
	key, err := disk.ReadFile(path, disk.Reading{Limit: size, NoFollow: true, Check: func(info fs.FileInfo) error {
		return rule.Check(path, info)
	}})
	if err != nil {
		return nil, err
	}
	if len(key) != size {
		return nil, fmt.Errorf("%s: %d bytes, not %d", path, len(key), size)
	}
	return key, nil
}

// Make reads the key, and creates one if there is no usable key. Two shells that do this at
// the same time get the same key.
func Make(dir string) ([]byte, error) {
	key, err := Read(dir)
	if err == nil || dir == "" {
		return key, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := disk.Ours().CheckDir(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, File)
	if !errors.Is(err, fs.ErrNotExist) {
		if err := os.Remove(path); err != nil { // damaged, or readable by others
			return nil, err
		}
	}
	if err := create(dir, path); err != nil {
		return nil, err
	}
	return Read(dir) // our own key, or that of a faster shell
}

// create writes a new key to a temporary file and links it into place. The link fails if
// another key already exists.
func create(dir, path string) error {
	tmp, err := os.CreateTemp(dir, ".vault-*.tmp") // disk uses such names too, so doctor finds a file that was left behind
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	key := make([]byte, size)
	rand.Read(key) // never fails
	_, err = tmp.Write(key)
	if err == nil {
		err = tmp.Sync()
	}
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	err = os.Link(tmp.Name(), path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		disk.SyncDir(dir)
		return nil
	}
	// On a file system without links, the last of two shells wins, and the state of the other
	// one has no proof.
	return disk.Replace(path, key, disk.Options{})
}
