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
	"time"

	"github.com/99designs/keyring"
)

// passStore is the password store of pass: a file for each item, encrypted by gpg,
// with the item as JSON inside. It does what the library's does, and besides: it
// can be interrupted, keeps what gpg says off the terminal, lets no pinentry
// appear where nobody is to be asked, gives its programs an environment without
// this process's D-Bus address, and replaces an item in one step.
type passStore struct {
	command string
	dir     string // the password store
	prefix  string // the folder in it
	environ []string
	ask     bool
	limit   time.Duration
}

func openPass(s Settings) (keystore, error) {
	if s.PassDir == "" {
		return nil, unavailable("pass", "it has no directory", "")
	}
	command, err := exec.LookPath(s.PassCmd)
	if err != nil {
		return nil, unavailable("pass", fmt.Sprintf("there is no program %q", s.PassCmd), "")
	}
	if _, err := os.Stat(filepath.Join(s.PassDir, ".gpg-id")); err != nil {
		return nil, unavailable("pass", fmt.Sprintf("there is no password store in %q", s.PassDir),
			"make one with: pass init YOUR-GPG-ID")
	}
	p := passStore{command, s.PassDir, s.PassPrefix, s.Environ, s.person(), s.Timeout}
	if p.ask {
		p.limit = 0 // a person may be typing a passphrase
	}
	return p, nil
}

func (p passStore) keys(context.Context) ([]string, error) {
	root := filepath.Join(p.dir, p.prefix)
	var keys []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == ".git" {
			return fs.SkipDir
		}
		if key, ok := strings.CutSuffix(path, ".gpg"); ok && !entry.IsDir() {
			keys = append(keys, filepath.ToSlash(strings.TrimPrefix(key, root+string(filepath.Separator))))
		}
		return nil
	})
	return keys, err
}

func (p passStore) has(_ context.Context, key string) (bool, error) {
	if checkPath(key) != nil {
		return false, nil
	}
	info, err := os.Stat(p.file(key))
	return err == nil && !info.IsDir(), nil
}

func (p passStore) get(ctx context.Context, key string) (keyring.Item, error) {
	if has, _ := p.has(ctx, key); !has {
		return keyring.Item{}, ErrNotFound
	}
	output, err := p.run(ctx, p.dir, nil, "show", "--", p.name(key))
	if err != nil {
		return keyring.Item{}, err
	}
	var item keyring.Item
	if err := json.Unmarshal(output, &item); err != nil {
		return keyring.Item{}, errDamaged // err could quote the secret
	}
	return item, nil
}

func (p passStore) set(ctx context.Context, item keyring.Item) error {
	if err := checkPath(item.Key); err != nil {
		return err
	}
	data, err := json.Marshal(item)
	if err != nil {
		return err
	}
	if filepath.Base(p.command) != "pass" {
		// Something like gopass, which may keep its files elsewhere.
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

// replace has pass encrypt the item in a small store of its own and moves the
// file into place. "pass insert -f" lets gpg truncate the old file first, and
// "pass mv" takes NAME for the folder where both NAME.gpg and NAME/ exist.
//
// The small store is in the real one, so that both are on one file system, and if
// a killed process leaves it behind, then its item has the name of a session from
// old times, which neither this tool nor aws-vault lists as keys.
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
	made := filepath.Join(small, name+".gpg")
	if err := syncFile(made); err != nil {
		return err
	}
	if err := os.Rename(made, target); err != nil {
		return err
	}
	syncDir(filepath.Dir(target))
	return nil
}

// copyRecipients gives the small store the file that says for whom pass encrypts
// in the folder, which is the nearest above it, and its signature.
func (p passStore) copyRecipients(folder, small string) error {
	for {
		ids, err := os.ReadFile(filepath.Join(folder, ".gpg-id"))
		if errors.Is(err, fs.ErrNotExist) && len(folder) > len(p.dir) {
			folder = filepath.Dir(folder)
			continue
		}
		if err != nil {
			return err
		}
		if signature, err := os.ReadFile(filepath.Join(folder, ".gpg-id.sig")); err == nil {
			if err := os.WriteFile(filepath.Join(small, ".gpg-id.sig"), signature, 0o600); err != nil {
				return err
			}
		}
		return os.WriteFile(filepath.Join(small, ".gpg-id"), ids, 0o600)
	}
}

// commit records the item where the password store is a git repository, with the
// message of pass. Like pass, it takes no notice of a failure: the item is stored.
func (p passStore) commit(ctx context.Context, key string) {
	if _, err := os.Stat(filepath.Join(p.dir, ".git")); err != nil {
		return
	}
	file := p.name(key) + ".gpg"
	if _, err := p.run(ctx, p.dir, nil, "git", "add", "--", file); err == nil {
		p.run(ctx, p.dir, nil, "git", "commit", "-m", "Add given password for "+p.name(key)+" to store.", "--", file)
	}
}

// name is what pass calls the item.
func (p passStore) name(key string) string { return filepath.ToSlash(filepath.Join(p.prefix, key)) }

func (p passStore) file(key string) string { return filepath.Join(p.dir, p.prefix, key+".gpg") }

// checkPath refuses names that would be another item's, or outside the store.
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
	return within(ctx, p.limit, func(ctx context.Context) ([]byte, error) {
		var stdout, stderr bytes.Buffer
		cmd := exec.CommandContext(ctx, p.command, args...)
		cmd.Env = append(slices.Clone(p.environ), "PASSWORD_STORE_DIR="+store)
		if !p.ask {
			cmd.Env = append(cmd.Env, "PASSWORD_STORE_GPG_OPTS="+p.variable("PASSWORD_STORE_GPG_OPTS")+" --pinentry-mode=error")
		}
		cmd.Stdin = bytes.NewReader(input)
		cmd.Stdout = &stdout
		cmd.Stderr = &stderr
		cmd.WaitDelay = time.Second // gpg outlives a killed pass, and holds the pipes
		if err := cmd.Run(); err != nil {
			return nil, p.failure(args, stderr.String(), err)
		}
		return stdout.Bytes(), nil
	})
}

func (p passStore) variable(name string) string {
	for _, entry := range slices.Backward(p.environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// failure puts in words what pass and gpg said, which is never the secret.
func (p passStore) failure(args []string, said string, err error) error {
	name := args[len(args)-1]
	if !p.ask && args[0] == "show" {
		// gpg says "No secret key" for this too.
		return &LockedError{"pass", fmt.Sprintf("gpg wants a passphrase, and remembers it for a while: pass show %q", name)}
	}
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return fmt.Errorf("pass %s %q: %s", args[0], name, last)
	}
	return fmt.Errorf("pass %s %q: %w", args[0], name, err)
}
