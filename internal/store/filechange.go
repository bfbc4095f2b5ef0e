package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/99designs/keyring"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/items"
	"awsvault/internal/line"
	"awsvault/internal/sealed"
)

// A new passphrase means that every item is written again. All of them are first written into
// the stage, next to the old ones. A mark then says that they are complete, and they are moved
// into place. If the process is killed before the mark, the old passphrase stays. After the
// mark, the new one is in force: the next process that reads an item moves the rest, which
// needs no passphrase.
//
// The stage has the name of a session in an old format, which neither vault nor aws-vault
// lists as keys. It differs from the names of scratch directories, which sweep removes.
const (
	stage      = "session,dmF1bHQ,cGFzc3BocmFzZQ,11"
	stageItems = "items"
	stageMark  = "whole"
)

// Changed says what happened to the items of a file keystore with a new passphrase.
type Changed struct {
	Dir       string
	Rewritten []string // items that have the new passphrase
	Others    []string // items that have another passphrase than the old one, and keep it
	Damaged   []string // files that are not valid items

	given bool // a variable or a program has given the old passphrase
}

// ChangePassphrase lets a person choose a new passphrase for the file keystore. It writes
// every item that the old passphrase opens with the new one.
func (s *Store) ChangePassphrase(ctx context.Context) (Changed, error) {
	name, opened, err := s.keystore(ctx)
	if err != nil {
		return Changed{}, err
	}
	f, ok := opened.(*fileStore)
	if !ok {
		return Changed{}, fault.New("the keystore "+name+" has no passphrase that vault can change", "vault passphrase --backend=file   is for the encrypted file keystore")
	}
	changed, err := f.change(ctx)
	if err != nil {
		return changed, err
	}
	changed.given = !f.types
	s.changed(ctx, sealed.News{Backend: name})
	names, _ := items.Sort(changed.Rewritten)
	for _, name := range names { // their names depend on the file that is gone
		if _, err := s.RemoveSessions(ctx, name); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// Said returns what to tell the person: what was done, and what was not.
func (c Changed) Said() (done string, warnings []string) {
	for _, name := range c.Others {
		warnings = append(warnings, line.Printable(name)+" has a different passphrase, and keeps it. Run `vault passphrase` again and type that one first")
	}
	for _, name := range c.Damaged {
		warnings = append(warnings, line.Printable(name)+" is damaged, and was left as it is")
	}
	if c.given {
		warnings = append(warnings, "AWS_VAULT_FILE_PASSPHRASE, or its program, still gives the old passphrase")
	}
	return "new passphrase for " + c.Dir + ": " + line.Count(len(c.Rewritten), "item"), warnings
}

func (f *fileStore) change(ctx context.Context) (Changed, error) {
	changed := Changed{Dir: f.dir}
	all, err := f.keys(ctx)
	if err != nil {
		return changed, err
	}
	if len(all) == 0 {
		return changed, fault.New("there is no key in "+f.dir, "the first key chooses the passphrase: vault add")
	}
	unlock, err := f.lock(ctx, "file "+f.dir)
	if err != nil {
		return changed, err
	}
	defer unlock()
	if err := f.finishLocked(); err != nil {
		return changed, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.tries(ctx, func() error { return f.opensOne(all) }); err != nil {
		return changed, err
	}
	var read []keyring.Item
	for _, key := range all {
		switch item, err := f.read(key); {
		case err == nil:
			item.Key = key
			read, changed.Rewritten = append(read, item), append(changed.Rewritten, key)
		case errors.Is(err, ErrPassphrase):
			changed.Others = append(changed.Others, key)
		case errors.Is(err, errDamaged):
			changed.Damaged = append(changed.Damaged, key)
		case !errors.Is(err, ErrNotFound):
			return changed, err
		}
	}
	if f.other == nil {
		return changed, locked("file", "its new passphrase must be typed")
	}
	passphrase, err := f.other(ctx, "New passphrase for "+f.dir)
	if err != nil {
		return changed, err
	}
	if err := f.stageAll(ctx, read, passphrase); err != nil {
		return changed, err
	}
	f.passphrase, f.asked, f.proved = passphrase, true, true
	return changed, f.finishLocked()
}

// stageAll writes the items with a new passphrase into the stage, and then the mark.
func (f *fileStore) stageAll(ctx context.Context, all []keyring.Item, passphrase string) error {
	dir := filepath.Join(f.dir, stage)
	if err := os.RemoveAll(dir); err != nil { // a killed process may have left it
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, stageItems), 0o700); err != nil {
		return err
	}
	for _, item := range all {
		token, err := encrypt(item, passphrase, f.rounds, f.now())
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = disk.Replace(items.File(filepath.Join(dir, stageItems), item.Key), token, disk.Options{})
		}
		if err != nil {
			os.RemoveAll(dir)
			return err
		}
	}
	return disk.Replace(filepath.Join(dir, stageMark), nil, disk.Options{})
}

// finish moves the items that a killed process has staged.
func (f *fileStore) finish(ctx context.Context) error {
	if !f.staged() {
		return nil
	}
	unlock, err := f.lock(ctx, "file "+f.dir)
	if err != nil {
		return err
	}
	defer unlock()
	return f.finishLocked()
}

func (f *fileStore) staged() bool {
	_, err := os.Lstat(filepath.Join(f.dir, stage, stageMark))
	return err == nil
}

func (f *fileStore) finishLocked() error {
	if !f.staged() {
		return nil
	}
	dir := filepath.Join(f.dir, stage)
	entries, err := os.ReadDir(filepath.Join(dir, stageItems))
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // all items were moved, and the process was then killed
		return err
	}
	for _, entry := range entries {
		if disk.Leftover(entry.Name()) {
			continue
		}
		err := disk.Move(filepath.Join(dir, stageItems, entry.Name()), filepath.Join(f.dir, entry.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.RemoveAll(dir)
}

// Weak lists the items of the file keystore that were written with fewer PBKDF2 rounds than
// new ones. It opens none of them. Other keystores have no such items.
func (s *Store) Weak(ctx context.Context) []string {
	_, opened, err := s.keystore(ctx)
	f, ok := opened.(*fileStore)
	if err != nil || !ok {
		return nil
	}
	all, _ := f.keys(ctx)
	var weak []string
	for _, key := range all {
		data, err := disk.ReadFile(f.file(key), disk.Reading{Limit: maxOutput})
		if n := roundsOf(data); err == nil && n > 0 && n < f.rounds {
			weak = append(weak, key)
		}
	}
	return weak
}
