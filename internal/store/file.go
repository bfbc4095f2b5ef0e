package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/99designs/keyring"
	"github.com/mtibben/percent"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/items"
)

// fileStore is the library's file keystore: a directory with a file for each item, encrypted
// with a passphrase (JWE: PBES2-HS256+A128KW, A256GCM). The library reads the items. vault
// writes them itself, because the library overwrites files in place, uses too few PBKDF2
// rounds, and accepts any first passphrase as a new one.
type fileStore struct {
	dir    string
	now    func() time.Time
	ask    func(ctx context.Context, prompt string) (string, error)
	askNew func(ctx context.Context, prompt string) (string, error)
	other  func(ctx context.Context, prompt string) (string, error)
	lock   locker
	types  bool // a person types the passphrase
	rounds int  // PBKDF2 rounds of new items
	chosen bool // the person has named this keystore

	mu         sync.Mutex
	passphrase string
	asked      bool // passphrase is set
	proved     bool // the passphrase opens an item
}

func openFile(s Settings, lock locker) (keystore, error) {
	if s.FileDir == "" {
		return nil, unavailable("file", "it has no directory", "")
	}
	if _, err := os.Stat(s.FileDir); err != nil && strings.ContainsAny(s.FileDir[:1], "$%~") { // otherwise vault would create a folder of that name in the current directory
		return nil, unavailable("file", fmt.Sprintf("its directory is %q, and a variable in it is not set", s.FileDir), "AWS_VAULT_FILE_DIR or --file-dir names another")
	}
	if err := checkUsable(s.FileDir); err != nil {
		return nil, unavailable("file", err.Error(), "")
	}
	return &fileStore{dir: s.FileDir, now: s.Now, ask: s.Passphrase, askNew: s.NewPassphrase, other: s.OtherPassphrase, lock: lock,
		types: s.Typed, rounds: cmp.Or(s.Rounds, newRounds()), chosen: s.Backend != ""}, nil
}

// checkUsable tells whether a directory can be read or, where it is missing, be
// made. It is made with the first item, not before.
func checkUsable(dir string) error { return checkDirectory(dir, checkReadable) }

// checkDirectory has good judge a directory; where that is missing, the nearest one above
// it has to be one in which it can be made.
func checkDirectory(dir string, good func(dir string) error) error {
	info, err := os.Stat(dir) // opening a pipe would wait for a writer
	switch {
	case errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir:
		return checkDirectory(filepath.Dir(dir), checkWritable)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%q is not a directory", dir)
	}
	return good(dir)
}

func checkReadable(dir string) error {
	d, err := os.Open(dir)
	if err == nil {
		d.Close()
	}
	return err
}

func (f *fileStore) typed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.types && f.asked
}

func (f *fileStore) file(key string) string {
	return items.File(f.dir, key)
}

func (f *fileStore) keys(context.Context) ([]string, error) {
	return items.InFiles(f.dir)
}

func (f *fileStore) has(_ context.Context, key string) (bool, error) {
	if f.flaw(key) != "" {
		return false, nil
	}
	info, err := os.Stat(f.file(key))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENAMETOOLONG) {
		return false, nil
	}
	if err != nil || info.IsDir() {
		return false, err
	}
	return spelledSo(f.dir, items.FileName(key))
}

// flaw says why this system cannot have a file for an item.
func (f *fileStore) flaw(key string) string {
	return disk.NameFlaw(runtime.GOOS, items.FileName(key))
}

// spelledSo reports whether a file has exactly that name, and not one that the file system
// treats as the same, as some do with upper and lower case.
func spelledSo(dir, name string) (bool, error) {
	spelled, err := disk.Spelling(dir, name)
	if errors.Is(err, fs.ErrNotExist) { // another process has removed the file
		return false, nil
	}
	return spelled == name, err
}

// apart refuses a name that would replace an item with another name.
func apart(dir, name string, item func(name string) string) error {
	if spelled, err := disk.Spelling(dir, name); err == nil && spelled != name {
		return fmt.Errorf("there is an item %q, and the file system cannot tell the two names apart", item(spelled))
	}
	return nil
}

func (f *fileStore) get(ctx context.Context, key string) (keyring.Item, error) {
	has, err := f.has(ctx, key)
	if err != nil {
		return keyring.Item{}, err
	}
	if !has {
		return keyring.Item{}, ErrNotFound // without asking for a passphrase
	}
	if err := f.finish(ctx); err != nil {
		return keyring.Item{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var item keyring.Item
	err = f.tries(ctx, func() (err error) {
		item, err = f.read(key)
		return err
	})
	return item, err
}

func (f *fileStore) set(ctx context.Context, item keyring.Item) error {
	if flaw := f.flaw(item.Key); flaw != "" {
		return &fault.Error{Text: "the name " + flaw, Hint: "choose another name, or keep it in the Credential Manager: --backend=wincred"}
	}
	if err := disk.MakeDir(f.dir); err != nil {
		return err
	}
	// Two processes that store the first item must not choose two different passphrases.
	unlock, err := f.lock(ctx, "file "+f.dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := f.finishLocked(); err != nil {
		return err
	}
	if err := apart(f.dir, items.FileName(item.Key), percent.Decode); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.prove(ctx); err != nil {
		return err
	}
	f.sweep()
	if err := f.write(item); err != nil {
		return err
	}
	f.proved = true
	return nil
}

func (f *fileStore) remove(ctx context.Context, key string) error {
	if has, err := f.has(ctx, key); err == nil && !has {
		return ErrNotFound
	}
	if err := f.finish(ctx); err != nil {
		return err
	}
	err := os.Remove(f.file(key))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	if err == nil {
		disk.SyncDir(f.dir)
	}
	return err
}

// read reads an item with the known passphrase. The library would read anything without a
// limit, so a file that is not regular or is too large counts as damaged.
func (f *fileStore) read(key string) (keyring.Item, error) {
	opened, _, err := disk.Open(f.file(key), disk.Reading{Limit: maxOutput})
	switch kind := (*disk.KindError)(nil); {
	case errors.Is(err, fs.ErrNotExist):
		return keyring.Item{}, ErrNotFound
	case errors.As(err, &kind), errors.Is(err, disk.ErrTooLarge):
		return keyring.Item{}, errDamaged
	case err != nil:
		return keyring.Item{}, err
	}
	opened.Close()
	ring, err := f.library(f.dir)
	if err != nil {
		return keyring.Item{}, err
	}
	item, err := ring.Get(key)
	var path *fs.PathError
	switch {
	case err == nil:
		f.asked, f.proved = true, true
		return item, nil
	case errors.Is(err, keyring.ErrKeyNotFound):
		return keyring.Item{}, ErrNotFound
	case errors.As(err, &path):
		return keyring.Item{}, err
	case strings.Contains(err.Error(), "integrity check failed"):
		f.asked = f.proved // ask again, unless the passphrase opens other items
		return keyring.Item{}, wrongPassphrase(f.dir)
	}
	return keyring.Item{}, errDamaged
}

func (f *fileStore) library(dir string) (keyring.Keyring, error) {
	return keyring.Open(keyring.Config{
		AllowedBackends:  []keyring.BackendType{keyring.FileBackend},
		FileDir:          dir,
		FilePasswordFunc: keyring.FixedStringPrompt(f.passphrase),
	})
}

// scratch is the pattern for the directories in which items are written. A killed process
// leaves its directory behind. It is next to the items, on the same file system. Its name is
// that of a session in an old format, which neither vault nor aws-vault lists as keys.
const scratch = "session,dmF1bHQ,*,10"

// write moves the item's file into place only when it is complete and on disk.
func (f *fileStore) write(item keyring.Item) error {
	target := f.file(item.Key)
	err := f.makeAndMove(item, target)
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return &fs.PathError{Op: "write", Path: target, Err: path.Err}
	}
	return err
}

func (f *fileStore) makeAndMove(item keyring.Item, target string) error {
	token, err := encrypt(item, f.passphrase, f.rounds, f.now())
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(f.dir, scratch)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, filepath.Base(target))
	if err := os.WriteFile(made, token, 0o600); err != nil {
		return err
	}
	return disk.Move(made, target)
}

// sweep removes what killed processes have left behind. It keeps a fresh directory, which a
// process with its locks elsewhere may be using.
func (f *fileStore) sweep() {
	left, _ := filepath.Glob(filepath.Join(f.dir, scratch))
	for _, dir := range left {
		info, err := os.Stat(dir)
		if err == nil && info.IsDir() && f.now().Sub(info.ModTime()) > time.Hour {
			os.RemoveAll(dir)
		}
	}
}
