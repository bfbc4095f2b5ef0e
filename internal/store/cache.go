package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// sessionBackends returns the backends that hold sessions, first the one to which
// they are written. Where every read of the keystore costs a passphrase or a
// process, sessions go to the kernel's keyring, and to the keystore only if the
// kernel has no room; it is not opened to find that out.
func (s *Store) sessionBackends(ctx context.Context) ([]string, error) {
	if s.settings.SessionBackend != "" {
		return []string{s.settings.SessionBackend}, nil
	}
	keys, err := s.choose(ctx)
	if err != nil {
		return nil, err
	}
	switch keys {
	case "file", "pass", "passage", "op-connect", "op", "op-desktop":
		if kernelAnswers() {
			return []string{"keyctl", keys}, nil
		}
	case "winhello": // would ask for a finger at each prompt
		return []string{"wincred"}, nil
	}
	return []string{keys}, nil
}

// Session returns the cached session of that key, if there is one that lives for
// at least Settings.MinTTL.
func (s *Store) Session(ctx context.Context, k SessionKey) (Credentials, bool, error) {
	backends, err := s.sessionBackends(ctx)
	if err != nil {
		return Credentials{}, false, err
	}
	for _, backend := range backends {
		var c Credentials
		c, err = s.readSession(ctx, backend, k)
		if err == nil {
			return c, true, nil
		}
	}
	if errors.Is(err, ErrNotFound) {
		return Credentials{}, false, nil
	}
	return Credentials{}, false, fmt.Errorf("session of %q: %w", k.Profile, err)
}

// readSession answers ErrNotFound for an item that is damaged too, or that went
// away since it was listed: it is only a cache.
func (s *Store) readSession(ctx context.Context, backend string, k SessionKey) (Credentials, error) {
	keystore, err := s.open(ctx, backend)
	if err != nil {
		return Credentials{}, err
	}
	names, err := keystore.keys(ctx)
	if err != nil {
		return Credentials{}, err
	}
	name, expires := latest(names, k)
	if !s.lives(expires) {
		return Credentials{}, ErrNotFound
	}
	item, err := keystore.get(ctx, name)
	if errors.Is(err, errDamaged) {
		err = ErrNotFound
	}
	if err != nil {
		return Credentials{}, err
	}
	c, err := parseSessionData(item)
	if err != nil || !s.lives(c.Expires) {
		return Credentials{}, ErrNotFound
	}
	return c, nil
}

// latest returns the item of a session that expires last. There can be several:
// the older ones are removed after the newest is written.
func latest(names []string, k SessionKey) (name string, expires time.Time) {
	prefix := k.prefix()
	for _, n := range names {
		if !strings.HasPrefix(n, prefix) {
			continue
		}
		if info, ok := parseSession(n); ok && info.Expires.After(expires) {
			name, expires = n, info.Expires
		}
	}
	return name, expires
}

// lives tells whether a session that ends then has enough left to be used.
func (s *Store) lives(expires time.Time) bool {
	left := expires.Sub(s.settings.Now())
	return left > 0 && left >= s.settings.MinTTL
}

// PutSession caches a session in place of older ones of the same key, and removes
// those that have expired.
func (s *Store) PutSession(ctx context.Context, k SessionKey, c Credentials) error {
	if c.Expires.IsZero() {
		return fmt.Errorf("keep session of %q: it has no expiry", k.Profile)
	}
	backends, err := s.sessionBackends(ctx)
	if err != nil {
		return err
	}
	for _, backend := range backends {
		err = s.writeSession(ctx, backend, k, c)
		if err == nil {
			return nil
		}
	}
	return fmt.Errorf("keep session of %q: %w", k.Profile, err)
}

func (s *Store) writeSession(ctx context.Context, backend string, k SessionKey, c Credentials) error {
	keystore, err := s.open(ctx, backend)
	if err != nil {
		return err
	}
	item, err := sessionItem(k, c)
	if err != nil {
		return err
	}
	if err := keystore.set(ctx, item); err != nil {
		return err
	}
	// What cannot be tidied up does no harm: a reader takes the latest.
	names, _ := keystore.keys(ctx)
	now := s.settings.Now()
	for _, name := range names {
		info, ok := parseSession(name)
		if ok && name != item.Key && (info.Key == k || !info.Expires.After(now)) {
			keystore.remove(ctx, name)
		}
	}
	return nil
}

// Sessions returns the cached sessions that have not expired, without reading
// them, by profile.
func (s *Store) Sessions(ctx context.Context) ([]SessionInfo, error) {
	backends, err := s.sessionBackends(ctx)
	if err != nil {
		return nil, err
	}
	now := s.settings.Now()
	found := map[SessionKey]time.Time{}
	for _, backend := range backends {
		keystore, err := s.open(ctx, backend)
		if err != nil {
			return nil, err
		}
		names, err := keystore.keys(ctx)
		if err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		for _, name := range names {
			info, ok := parseSession(name)
			if ok && info.Expires.After(now) && info.Expires.After(found[info.Key]) {
				found[info.Key] = info.Expires
			}
		}
	}
	var sessions []SessionInfo
	for key, expires := range found {
		sessions = append(sessions, SessionInfo{key, expires})
	}
	slices.SortFunc(sessions, func(a, b SessionInfo) int {
		return strings.Compare(a.Key.Profile+"\x00"+a.Key.prefix(), b.Key.Profile+"\x00"+b.Key.prefix())
	})
	return sessions, nil
}

// RemoveSessions removes the cached sessions of a profile, or all for an empty
// name, those of aws-vault included, and returns how many there were.
func (s *Store) RemoveSessions(ctx context.Context, profile string) (int, error) {
	backends, err := s.sessionBackends(ctx)
	if err != nil {
		return 0, err
	}
	removed := 0
	for _, backend := range backends {
		n, err := s.removeSessions(ctx, backend, profile)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("remove sessions: %w", err)
		}
	}
	return removed, nil
}

func (s *Store) removeSessions(ctx context.Context, backend, profile string) (int, error) {
	keystore, err := s.open(ctx, backend)
	if err != nil {
		return 0, err
	}
	names, err := keystore.keys(ctx)
	if err != nil {
		return 0, err
	}
	removed := 0
	for _, name := range names {
		if !sessionOf(name, profile) {
			continue
		}
		err := keystore.remove(ctx, name)
		if errors.Is(err, ErrNotFound) {
			continue // another process was faster
		}
		if err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// sessionOf tells whether an item is a session of the profile; of any, those in
// old formats included, if it is empty.
func sessionOf(item, profile string) bool {
	if profile == "" && isOldSession(item) {
		return true
	}
	info, ok := parseSession(item)
	return ok && (profile == "" || info.Key.Profile == profile)
}
