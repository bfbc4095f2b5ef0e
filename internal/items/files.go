package items

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mtibben/percent"
)

// FileName returns the name of an item's file in the file keystore, in the library's spelling.
func FileName(item string) string { return percent.Encode(item, "/") }

// File returns the path of an item's file in the keystore's directory.
func File(dir, item string) string { return filepath.Join(dir, FileName(item)) }

// InFiles lists the items of the file keystore. If the directory is missing, the list is
// empty.
func InFiles(dir string) ([]string, error) {
	info, err := os.Stat(dir) // opening a pipe would block until a writer opens it
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%q is not a directory", dir)
	}
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var items []string
	for _, entry := range entries {
		if !entry.IsDir() {
			items = append(items, percent.Decode(entry.Name()))
		}
	}
	return items, nil
}

// PassKind holds the differences between pass and passage.
type PassKind struct {
	Backend    string // also the usual name of the program
	Variable   string // names the password store
	Extension  string // of an item's file
	Recipients string // the file with the recipients for whom a folder is encrypted
}

// Pass describes pass, the standard program for a password store, which uses gpg.
func Pass() PassKind { return PassKind{"pass", "PASSWORD_STORE_DIR", ".gpg", ".gpg-id"} }

// Passage describes passage, which is pass with age in place of gpg.
func Passage() PassKind { return PassKind{"passage", "PASSAGE_DIR", ".age", ".age-recipients"} }

// Missing says why a password store cannot be used, and what to do about it.
type Missing struct{ Text, Hint string }

// Ready finds the program and checks that its store exists. missing is nil if nothing is
// missing. passage needs no setup except an identity: recipients are optional, and without
// them it encrypts for the identity.
func (k PassKind) Ready(dir, command string, getenv func(string) string) (program string, missing *Missing) {
	if dir == "" {
		return "", &Missing{Text: "it has no directory"}
	}
	if command == "" {
		command = k.Backend
	}
	program, err := exec.LookPath(command)
	if err != nil {
		return "", &Missing{Text: fmt.Sprintf("there is no program %q", command)}
	}
	if k == Pass() {
		if _, err := os.Stat(filepath.Join(dir, k.Recipients)); err != nil {
			return "", &Missing{fmt.Sprintf("there is no password store in %q", dir), "make one with: pass init YOUR-GPG-ID"}
		}
		return program, nil
	}
	identities := getenv("PASSAGE_IDENTITIES_FILE")
	if identities == "" {
		identities = filepath.Join(getenv("HOME"), ".passage", "identities")
	}
	if _, err := os.Stat(identities); err != nil {
		return "", &Missing{fmt.Sprintf("there are no identities in %q", identities), "make one with: age-keygen -o " + identities}
	}
	return program, nil
}

// deepest limits the depth of folders, because links can form a circle.
const deepest = 32

// Items lists the items below a folder of the password store. If the folder is missing, the
// list is empty. Items follows links to folders, as pass does: a store is often a repository
// that is linked to its place.
func (k PassKind) Items(folder string) ([]string, error) {
	return k.below(folder, "", nil)
}

// below lists the items of a folder. above are the folders on the way to it.
func (k PassKind) below(folder, name string, above []fs.FileInfo) (items []string, err error) {
	here, err := os.Stat(folder)
	if err == nil && here.IsDir() {
		circle := slices.ContainsFunc(above, func(dir fs.FileInfo) bool { return os.SameFile(dir, here) })
		if circle || len(above) > deepest {
			return nil, nil
		}
	}
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		path, item := filepath.Join(folder, entry.Name()), name+entry.Name()
		isDir := entry.IsDir()
		if entry.Type()&fs.ModeSymlink != 0 {
			info, err := os.Stat(path)
			if err != nil {
				continue // it leads nowhere
			}
			isDir = info.IsDir()
		}
		if isDir && entry.Name() != ".git" {
			more, err := k.below(path, item+"/", append(above[:len(above):len(above)], here))
			if err != nil {
				return nil, err
			}
			items = append(items, more...)
		}
		if item, ok := strings.CutSuffix(item, k.Extension); ok && !isDir {
			items = append(items, item)
		}
	}
	return items, nil
}

// AreFiles reports whether a backend has a file for each item.
func AreFiles(backend string) bool {
	return slices.Contains([]string{"file", "pass", "passage"}, backend)
}

// AreListed reports whether vault can list the items of a backend, each time anew.
func AreListed(backend string) bool { return AreFiles(backend) || backend == "keyctl" }

// Primes reports whether a person may have to type a passphrase for each reading of a key from
// a backend. typed means that no variable and no program supplies the passphrase of the file
// keystore.
func Primes(backend string, typed bool) bool {
	switch backend {
	case "file":
		return typed
	case "pass", "passage", "op-connect", "op", "op-desktop":
		return true // whether they ask is known only afterwards
	}
	return false
}
