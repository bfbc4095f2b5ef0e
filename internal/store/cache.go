package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/items"
)

// sessionBackends returns the backends that hold sessions. New sessions are written to the
// first. If every read of the keystore costs a passphrase or a process, sessions go to the
// kernel's keyring, and to the keystore only if the kernel has no room; the keystore is not
// opened to find that out. Windows uses its Credential Manager for that, but not over SSH.
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
		if runtime.GOOS == "windows" {
			if _, err := s.open(ctx, "wincred"); err == nil {
				return []string{"wincred", keys}, nil
			}
		}
	case "winhello": // it would ask for a finger at each prompt
		return []string{"wincred"}, nil
	}
	return []string{keys}, nil
}

// sessionIn looks for a session in the backends that hold sessions.
func (s *Store) sessionIn(ctx context.Context, k aws.SessionKey) (aws.Credentials, bool, error) {
	backends, err := s.sessionBackends(ctx)
	if err != nil {
		return aws.Credentials{}, false, err
	}
	for _, backend := range backends {
		var c aws.Credentials
		c, err = s.readSession(ctx, backend, k)
		if err == nil {
			return c, true, nil
		}
	}
	if errors.Is(err, ErrNotFound) {
		return aws.Credentials{}, false, nil
	}
	return aws.Credentials{}, false, err
}

// readSession also returns ErrNotFound for an item that is damaged, or that has gone since it
// was listed: this is only a cache.
func (s *Store) readSession(ctx context.Context, backend string, k aws.SessionKey) (aws.Credentials, error) {
	keystore, err := s.open(ctx, backend)
	if err != nil {
		return aws.Credentials{}, err
	}
	names, err := keystore.keys(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	name, expires := latest(names, k)
	if !s.lives(expires) {
		return aws.Credentials{}, ErrNotFound
	}
	item, err := keystore.get(ctx, name)
	if errors.Is(err, errDamaged) {
		err = ErrNotFound
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	c, err := parseSessionData(item)
	if err != nil || !s.lives(c.Expires) {
		return aws.Credentials{}, ErrNotFound
	}
	return c, nil
}

// latest returns the item of a session that expires last. There can be several, because older
// ones are removed after the newest is written.
func latest(names []string, k aws.SessionKey) (name string, expires time.Time) {
	prefix := items.SessionPrefix(k)
	for _, n := range names {
		if !strings.HasPrefix(n, prefix) {
			continue
		}
		if info, ok := items.ParseSession(n); ok && info.Expires.After(expires) {
			name, expires = n, info.Expires
		}
	}
	return name, expires
}

// lives reports whether a session with that expiry lasts long enough to be used.
func (s *Store) lives(expires time.Time) bool {
	left := expires.Sub(s.settings.Now())
	return left > 0 && left >= s.settings.MinTTL
}

// putSessionIn writes a session to the first backend that accepts it.
func (s *Store) putSessionIn(ctx context.Context, k aws.SessionKey, c aws.Credentials) error {
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
	return err
}

func (s *Store) writeSession(ctx context.Context, backend string, k aws.SessionKey, c aws.Credentials) error {
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
	now := s.settings.Now()
	tidy(ctx, keystore, func(name string, info SessionInfo) bool {
		return name != item.Key && (strings.HasPrefix(name, items.SessionPrefix(k)) || !info.Expires.After(now))
	})
	return nil
}

// tidy removes the unwanted sessions of a keystore. Sessions that cannot be removed do no
// harm, because readers use the latest one.
func tidy(ctx context.Context, from keystore, unwanted func(name string, info SessionInfo) bool) {
	names, _ := from.keys(ctx)
	for _, name := range names {
		if info, ok := items.ParseSession(name); ok && unwanted(name, info) {
			from.remove(ctx, name)
		}
	}
}

// sessionsIn lists the sessions in the backends that hold sessions.
func (s *Store) sessionsIn(ctx context.Context) ([]SessionInfo, error) {
	backends, err := s.sessionBackends(ctx)
	if err != nil {
		return nil, err
	}
	var found []SessionInfo
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
			if info, ok := items.ParseSession(name); ok {
				found = append(found, info)
			}
		}
	}
	return found, nil
}

// removeSessionsIn removes sessions from the backends that hold sessions.
func (s *Store) removeSessionsIn(ctx context.Context, profile string) (removed int, err error) {
	backends, err := s.sessionBackends(ctx)
	if err != nil {
		return 0, err
	}
	for _, backend := range backends {
		n, err := s.removeSessions(ctx, backend, profile)
		removed += n
		if err != nil {
			return removed, err
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

// sessionOf reports whether an item is a session of the profile. If profile is empty, it
// accepts the sessions of all profiles, old formats and aws-vault's tokens.
func sessionOf(item, profile string) bool {
	if _, token := items.TokenOf(item); profile == "" && (token || items.IsOldSession(item)) {
		return true
	}
	info, ok := items.ParseSession(item)
	return ok && (profile == "" || info.Key.Profile == items.Short(profile))
}
