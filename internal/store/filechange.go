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

// A new passphrase means that every item is written anew. All are written beside the old
// ones first, into the stage; then a mark says that they are whole; then they are moved
// into place. A process that is killed before the mark leaves the old passphrase, one that
// is killed after it the new one: the next process that reads an item moves the rest,
// which takes no passphrase.
//
// The stage has the name of a session from old times, which neither this tool nor aws-vault
// lists as keys, and not that of a scratch directory, which is swept.
const (
	stage      = "session,dmF1bHQ,cGFzc3BocmFzZQ,11"
	stageItems = "items"
	stageMark  = "whole"
)

// Changed is what became of the items of a file keystore that has a new passphrase.
type Changed struct {
	Dir       string
	Rewritten []string // that have the new passphrase
	Others    []string // that have another passphrase than the old one, and keep it
	Damaged   []string // that are no items

	given bool // the old one, by a variable or a program
}

// ChangePassphrase has a person choose a new passphrase for the file keystore, and writes
// every item that the old one opens with it.
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
	for _, name := range names { // they are called after the file that is gone
		if _, err := s.RemoveSessions(ctx, name); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// Said is what a person is told of it: what is done, and what is not.
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

// stageAll writes the items with a passphrase into the stage, and the mark.
func (f *fileStore) stageAll(ctx context.Context, all []keyring.Item, passphrase string) error {
	dir := filepath.Join(f.dir, stage)
	if err := os.RemoveAll(dir); err != nil { // of a process that was killed
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

// finish moves what a process has staged that was killed then.
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
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // it was moved, and the process killed then
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

// Weak lists the items of the file keystore that were written with fewer rounds than new
// ones. They are not opened. Other keystores have none.
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
