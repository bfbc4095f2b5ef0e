package sealed

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/disk"
)

// Put stores a session, and replaces the one with the same key. It also stores what was
// learned about a keystore.
func (c *Cache) Put(ctx context.Context, k aws.SessionKey, s aws.Credentials, keystore string, news News) error {
	ends := s.Expires.UTC().Truncate(time.Second)
	if !ends.After(c.now()) {
		return errors.New("it has ended")
	}
	var data []byte
	for _, text := range []string{s.AccessKeyID, s.SecretAccessKey, s.SessionToken} {
		if len(text) > maxText {
			return fmt.Errorf("it has more than %d bytes", maxText)
		}
		data = appendText(data, text)
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	err = c.put(Info{k, ends}, data, keystore, news)
	if errors.Is(err, ErrMissing) { // the kernel has just forgotten the key
		err = c.put(Info{k, ends}, data, keystore, news)
	}
	return err
}

func (c *Cache) put(info Info, data []byte, keystore string, news News) error {
	aead, ix, err := c.prepare(info.Ends)
	if err != nil {
		return err
	}
	c.sweepSometimes(ix)
	ix.learn(keystore, news, c.now())
	// The kernel's key must outlive every session at every moment. So the order is: the index
	// records the new end, then the kernel extends the life of its key, then the session is
	// written.
	if ix.changed {
		if err := c.writeIndex(aead, ix); err != nil {
			return err
		}
	}
	if err := c.kernel.Keep(c.name, c.life(ix.until)); err != nil {
		return err
	}
	if err := c.write(aead, c.file(info.Key), info, data); err != nil {
		return err
	}
	c.list(aead, info)
	return nil
}

// life returns how long the kernel has to keep the key for sessions that end at until. The
// clock may have changed since until was written.
func (c *Cache) life(until time.Time) time.Duration {
	return min(max(until.Sub(c.now()), time.Second), longest)
}

// prepare returns the kernel's key, which it makes if there is none, and the index, whose end
// is at least ends. The caller holds the lock.
func (c *Cache) prepare(ends time.Time) (cipher.AEAD, *index, error) {
	until := c.now().Add(longest) // without the index, the key may be needed that long
	aead, err := c.key(true)
	if errors.Is(err, ErrMissing) {
		until = ends
		if err = c.makeKey(ends); err == nil {
			aead, err = c.key(true)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	ix, err := c.readIndex()
	if err != nil {
		ix = &index{until: until, changed: true}
	}
	if ends.After(ix.until) {
		ix.until, ix.changed = ends, true
	}
	return aead, ix, nil
}

func (c *Cache) makeKey(ends time.Time) error {
	key, err := random(keySize)
	if err != nil {
		return err
	}
	err = c.kernel.Add(c.name, key, c.life(ends))
	if errors.Is(err, ErrExists) { // a process with another lock file has made it
		return nil
	}
	return err
}

// Remove removes the sessions that match, and forgets what keystores have reported. It returns
// how many of the sessions had not expired. If no session is left, it removes the kernel's key
// too.
func (c *Cache) Remove(ctx context.Context, match func(aws.SessionKey) bool) (int, error) {
	live, err := c.Sessions()
	if err != nil {
		return 0, err
	}
	if !c.Filled() && !exists(c.dir) {
		return 0, nil
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		if !slices.ContainsFunc(live, func(i Info) bool { return !match(i.Key) }) && c.discard() == nil {
			return len(live), nil // without the key the files are worthless
		}
		return 0, err
	}
	defer unlock()
	return c.removeLocked(match)
}

func (c *Cache) removeLocked(match func(aws.SessionKey) bool) (removed int, err error) {
	names, err := c.names()
	if err != nil {
		return 0, err
	}
	left := 0
	var failed error
	var s scratch
	for _, name := range names {
		path := filepath.Join(c.dir, name)
		info, _, err := c.read(path, &s)
		live := err == nil && c.belongs(name, info) && info.Ends.After(c.now())
		if live && !match(info.Key) {
			left++
			continue
		}
		if err := removeFile(path); err != nil {
			failed = err
		}
		if live {
			removed++
		}
	}
	if left == 0 { // without the key, files that could not be removed are worthless
		removeFile(filepath.Join(c.dir, indexFile))
		removeFile(filepath.Join(c.dir, listingFile))
		return removed, c.discard()
	}
	if failed != nil {
		return 0, failed
	}
	aead, ix, err := c.prepare(time.Time{})
	if err != nil {
		return removed, err
	}
	ix.keystores = nil
	return removed, c.writeIndex(aead, ix)
}

// patience is how long a writer waits for the lock. A process holds it for some milliseconds,
// unless it was stopped.
const patience = 5 * time.Second

// lock lets only one process at a time write.
func (c *Cache) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, err
	}
	if err := disk.Ours().CheckDir(c.dir); err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	unlock, err = disk.Lock(bounded, filepath.Join(c.dir, "lock"))
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case bounded.Err() != nil:
		return nil, fmt.Errorf("lock %s: another process holds it", c.dir)
	}
	return unlock, err
}

// discard makes the kernel forget the key.
func (c *Cache) discard() error {
	c.mu.Lock()
	c.aead = nil
	c.mu.Unlock()
	err := c.kernel.Remove(c.name)
	if errors.Is(err, ErrMissing) {
		return nil
	}
	return err
}
