package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/99designs/keyring"

	"awsvault/internal/disk"
	"awsvault/internal/items"
)

// passStore is the password store of pass, or of passage, which is pass with age in place of
// gpg. It has a file for each item, with the item as JSON inside. It does what the library
// does. In addition, it can be interrupted, keeps gpg's output off the terminal, prevents a
// pinentry where no question may be asked, hides this process's D-Bus address from its
// programs, and replaces an item in one step.
type passStore struct {
	items.PassKind
	program
	dir    string // the password store
	prefix string // the folder in the password store

	timeout time.Duration // for calls that ask no person
	asked   *atomic.Bool  // a person has typed a passphrase
}

func openPass(s Settings) (keystore, error) {
	p, err := findPass(s, items.Pass(), s.PassDir)
	if err != nil {
		return nil, err
	}
	if !p.ask {
		return p.quiet(), nil
	}
	return p, nil
}

// quiet returns the same store without questions.
func (p passStore) quiet() passStore {
	p.ask, p.limit = false, p.timeout
	if p.PassKind == items.Pass() {
		p.environ = append(slices.Clone(p.environ), "PASSWORD_STORE_GPG_OPTS="+variable(p.environ, "PASSWORD_STORE_GPG_OPTS")+" --pinentry-mode=error")
	}
	return p
}

func (p passStore) typed() bool { return p.asked.Load() }

func openPassage(s Settings) (keystore, error) { return findPass(s, items.Passage(), s.PassageDir) }

func findPass(s Settings, kind items.PassKind, dir string) (passStore, error) {
	path, missing := kind.Ready(dir, s.PassCmd, func(name string) string { return variable(s.Environ, name) })
	if missing != nil {
		return passStore{}, unavailable(kind.Backend, missing.Text, missing.Hint)
	}
	p := passStore{kind, program{path, s.Environ, s.person(), s.Timeout, s.Running}, dir, s.PassPrefix, s.Timeout, new(atomic.Bool)}
	if p.ask {
		p.limit = 0 // a person may be typing a passphrase
	}
	return p, nil
}

func (p passStore) keys(context.Context) ([]string, error) {
	return p.Items(filepath.Join(p.dir, p.prefix))
}

func (p passStore) has(_ context.Context, key string) (bool, error) {
	if checkPath(key) != nil {
		return false, nil
	}
	info, err := os.Stat(p.file(key))
	if err != nil || !info.Mode().IsRegular() {
		return false, nil
	}
	return spelledSo(filepath.Join(p.dir, p.prefix), key+p.Extension)
}

func (p passStore) get(ctx context.Context, key string) (item keyring.Item, err error) {
	if has, _ := p.has(ctx, key); !has {
		return keyring.Item{}, ErrNotFound
	}
	if p.ask && p.PassKind == items.Pass() && filepath.Base(p.path) == p.Backend {
		// gpg's agent may know the passphrase. Only a quiet attempt shows whether gpg has to
		// ask.
		if output, err := p.quiet().show(ctx, key); err == nil {
			return parseItem(output)
		}
		defer func() { p.asked.Store(err == nil) }()
	}
	output, err := p.show(ctx, key)
	if err != nil {
		return keyring.Item{}, err
	}
	if p.ask && p.PassKind == items.Passage() && p.identityLocked() {
		p.asked.Store(true)
	}
	return parseItem(output)
}

func (p passStore) show(ctx context.Context, key string) ([]byte, error) {
	return p.run(ctx, p.dir, nil, "show", "--", p.name(key))
}

// identityLocked reports whether age needs a passphrase for each item, because its identity is
// encrypted.
func (p passStore) identityLocked() bool {
	file := variable(p.environ, "PASSAGE_IDENTITIES_FILE")
	if file == "" {
		file = filepath.Join(variable(p.environ, "HOME"), ".passage", "identities")
	}
	data, err := disk.ReadFile(file, disk.Reading{Limit: maxRecipients})
	return err == nil && (bytes.HasPrefix(data, []byte("age-encryption.org/")) || bytes.HasPrefix(data, []byte("-----BEGIN AGE ENCRYPTED FILE-----")))
}

func (p passStore) set(ctx context.Context, item keyring.Item) error {
	if err := checkPath(item.Key); err != nil {
		return err
	}
	spelling := func(name string) string { return strings.TrimSuffix(filepath.ToSlash(name), p.Extension) }
	if err := apart(filepath.Join(p.dir, p.prefix), item.Key+p.Extension, spelling); err != nil {
		return err
	}
	data, err := json.Marshal(item)
	if err != nil {
		return err
	}
	if filepath.Base(p.path) != p.Backend {
		// This may be a program like gopass, which can keep its files elsewhere.
		_, err := p.run(ctx, p.dir, data, "insert", "-m", "-f", "--", p.name(item.Key))
		return err
	}
	if err := p.replace(ctx, item.Key, data); err != nil {
		return err
	}
	p.commit(ctx, item.Key)
	return nil
}

func (p passStore) remove(ctx context.Context, key string) error {
	if has, _ := p.has(ctx, key); !has {
		return ErrNotFound
	}
	_, err := p.run(ctx, p.dir, nil, "rm", "-f", "--", p.name(key))
	return err
}

// replace lets pass encrypt the item in a small separate store, and moves the file into place.
// "pass insert -f" would let gpg truncate the old file first, and "pass mv" takes NAME for the
// folder if both NAME.gpg and NAME/ exist.
//
// The small store is inside the real one, on the same file system. If a killed process leaves
// it behind, its item has the name of a session in an old format, which neither vault nor
// aws-vault lists as keys.
func (p passStore) replace(ctx context.Context, key string, data []byte) error {
	target := p.file(key)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	small, err := os.MkdirTemp(filepath.Join(p.dir, p.prefix), "session,dmF1bHQ,")
	if err != nil {
		return err
	}
	defer os.RemoveAll(small)
	const name = "item,10"
	if err := p.copyRecipients(filepath.Dir(target), small); err != nil {
		return err
	}
	if _, err := p.run(ctx, small, data, "insert", "-m", "-f", "--", name); err != nil {
		return err
	}
	made := filepath.Join(small, name+p.Extension)
	err = disk.Move(made, target)
	if errors.Is(err, syscall.EXDEV) { // the folder is a link to another file system
		var data []byte
		if data, err = disk.ReadFile(made, disk.Reading{Limit: maxOutput}); err == nil {
			err = disk.Replace(target, data, disk.Options{})
		}
	}
	return err
}

// maxRecipients is far longer than any list of recipients, in bytes.
const maxRecipients = 1 << 20

// copyRecipients gives the small store the folder's list of recipients, which is in the
// nearest parent folder, and its signature. passage needs no list.
func (p passStore) copyRecipients(folder, small string) error {
	for {
		ids, err := disk.ReadFile(filepath.Join(folder, p.Recipients), disk.Reading{Limit: maxRecipients})
		if errors.Is(err, fs.ErrNotExist) && len(folder) > len(p.dir) {
			folder = filepath.Dir(folder)
			continue
		}
		if errors.Is(err, fs.ErrNotExist) && p.PassKind == items.Passage() {
			return nil
		}
		if err != nil {
			return err
		}
		if signature, err := disk.ReadFile(filepath.Join(folder, p.Recipients+".sig"), disk.Reading{Limit: maxRecipients}); err == nil {
			if err := os.WriteFile(filepath.Join(small, p.Recipients+".sig"), signature, 0o600); err != nil {
				return err
			}
		}
		return os.WriteFile(filepath.Join(small, p.Recipients), ids, 0o600)
	}
}

// commit commits the item if the password store is a git repository, with pass's message. Like
// pass, it ignores a failure, because the item is stored.
func (p passStore) commit(ctx context.Context, key string) {
	if _, err := os.Stat(filepath.Join(p.dir, ".git")); err != nil {
		return
	}
	file := p.name(key) + p.Extension
	if _, err := p.run(ctx, p.dir, nil, "git", "add", "--", file); err == nil {
		p.run(ctx, p.dir, nil, "git", "commit", "-m", "Add given password for "+p.name(key)+" to store.", "--", file)
	}
}

// name is pass's name for the item.
func (p passStore) name(key string) string { return filepath.ToSlash(filepath.Join(p.prefix, key)) }

func (p passStore) file(key string) string { return filepath.Join(p.dir, p.prefix, key+p.Extension) }

// checkPath refuses names that lead to another item, or out of the store.
func checkPath(key string) error {
	for _, part := range strings.Split(key, "/") {
		if part == "" || part == "." || part == ".." {
			return errors.New("the name is not that of a file")
		}
	}
	return nil
}

// run runs pass on a store.
func (p passStore) run(ctx context.Context, store string, input []byte, args ...string) ([]byte, error) {
	output, said, err := p.program.run(ctx, []string{p.Variable + "=" + store}, input, args...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, p.failure(args, said, err)
	}
	return output, err
}

func variable(environ []string, name string) string {
	for _, entry := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// failure describes an error in the words of pass and gpg, which never contain the secret.
func (p passStore) failure(args []string, said string, err error) error {
	name := args[len(args)-1]
	if !p.ask && args[0] == "show" {
		advice := "gpg wants a passphrase, and remembers it for a while: pass show %q" // gpg says "No secret key" for this too
		if p.PassKind == items.Passage() {
			advice = "age wants a passphrase or a touch, which it can ask for in a terminal: passage show %q"
		}
		return locked(p.Backend, fmt.Sprintf(advice, name))
	}
	if said != "" {
		return fmt.Errorf("%s %s %q: %s", p.Backend, args[0], name, said)
	}
	return fmt.Errorf("%s %s %q: %w", p.Backend, args[0], name, err)
}
