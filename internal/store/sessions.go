package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/items"
	"awsvault/internal/sealed"
)

// On Linux, sessions are sealed files, see internal/sealed, which need no keystore. They are
// items of a keystore if Settings.SessionBackend names one, on other systems, and if nothing
// can be sealed: the kernel refuses keyrings to this process, or the state directory is not
// writable.

// openSealed returns the sealed sessions, or nil if sessions are kept elsewhere.
func openSealed(s Settings) *sealed.Cache {
	if runtime.GOOS != "linux" || s.SessionBackend != "" || s.StateDir == "" {
		return nil
	}
	return sealed.Open(sealed.Settings{Dir: filepath.Join(s.StateDir, "sessions"), Kernel: s.Kernel, Now: s.Now})
}

// seals reports whether new sessions are sealed.
func (s *Store) seals() bool { return s.sealed != nil && s.sealed.Usable() == nil }

// Session returns the cached session of that key, if it lasts for at least Settings.MinTTL.
func (s *Store) Session(ctx context.Context, k aws.SessionKey) (aws.Credentials, bool, error) {
	if s.sealed != nil {
		if c, err := s.sealed.Session(k); err == nil && s.lives(c.Expires) {
			return c, true, nil
		}
		if s.seals() {
			return aws.Credentials{}, false, nil
		}
	}
	c, ok, err := s.sessionIn(ctx, k)
	if err != nil {
		err = fmt.Errorf("session of %q: %w", k.Profile, err)
	}
	return c, ok, err
}

// PutSession caches a session, and replaces older ones of the same key.
func (s *Store) PutSession(ctx context.Context, k aws.SessionKey, c aws.Credentials) error {
	if err := s.sayQuota(s.putSession(ctx, k, c)); err != nil {
		return fmt.Errorf("keep session of %q: %w", k.Profile, err)
	}
	return nil
}

func (s *Store) putSession(ctx context.Context, k aws.SessionKey, c aws.Credentials) error {
	if c.Expires.IsZero() {
		return errors.New("it has no expiry")
	}
	if !s.seals() {
		return s.putSessionIn(ctx, k, c)
	}
	news := s.takeNews()
	err := s.sealed.Put(ctx, k, c, s.place(), news)
	if err != nil {
		s.learn(ctx, news) // keep the news for the next session
	}
	return quotaError(err)
}

// Sessions returns the cached sessions that have not expired, without reading
// them, by profile.
func (s *Store) Sessions(ctx context.Context) ([]SessionInfo, error) {
	var found []SessionInfo
	if s.sealed != nil {
		live, err := s.sealed.Sessions()
		if err != nil && !errors.Is(err, sealed.ErrRefused) {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		for _, info := range live {
			found = append(found, SessionInfo{Key: info.Key, Expires: info.Ends})
		}
	}
	if !s.seals() {
		more, err := s.sessionsIn(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return items.Live(found, s.settings.Now()), nil
}

// SessionKeys returns the keys of the cached sessions that have not expired.
func (s *Store) SessionKeys(ctx context.Context) (keys []aws.SessionKey, err error) {
	all, err := s.Sessions(ctx)
	for _, info := range all {
		keys = append(keys, info.Key)
	}
	return keys, err
}

// RemoveSessions removes the cached sessions of a profile, or all of them if the name is
// empty, and returns their number. It also forgets what the keystore has reported, so the next
// command asks again. It removes sealed sessions without opening a keystore. Sessions inside a
// keystore, from aws-vault or an earlier version, are removed if that asks no person and runs
// no other program.
func (s *Store) RemoveSessions(ctx context.Context, profile string) (int, error) {
	removed, err := s.removeAll(ctx, profile)
	if err != nil {
		return removed, fmt.Errorf("remove sessions: %w", err)
	}
	return removed, nil
}

// RemoveSSOSessions removes the sessions of all profiles with a session of IAM Identity
// Center, and returns their number.
func (s *Store) RemoveSSOSessions(ctx context.Context) (int, error) {
	sessions, err := s.Sessions(ctx)
	if err != nil {
		return 0, err
	}
	removed := 0
	for _, info := range sessions {
		if strings.HasPrefix(info.Key.Type, "sso.") {
			n, err := s.RemoveSessions(ctx, info.Key.Profile)
			if removed += n; err != nil {
				return removed, err
			}
		}
	}
	return removed, nil
}

func (s *Store) removeAll(ctx context.Context, profile string) (int, error) {
	if s.sealed == nil {
		return s.removeSessionsIn(ctx, profile)
	}
	backend := s.backendBefore()
	removed, err := s.sealed.Remove(ctx, func(k aws.SessionKey) bool { return profile == "" || k.Profile == profile })
	if errors.Is(err, sealed.ErrRefused) {
		err = nil
	}
	if err != nil {
		return removed, err
	}
	n := 0
	switch {
	case !s.seals():
		n, err = s.removeSessionsIn(ctx, profile)
	case items.AreListed(backend):
		n, err = s.removeSessions(ctx, backend, profile)
	}
	return removed + n, err
}

// Tokens returns the start URLs of the Identity Center tokens that aws-vault has left in the
// keystore, if its items can be listed without a question.
func (s *Store) Tokens(ctx context.Context) []string {
	backend := s.backendBefore()
	if !items.AreListed(backend) {
		return nil
	}
	listed, _ := s.items(ctx, backend)
	return items.Tokens(listed)
}

// RemoveToken removes aws-vault's token for a start URL, if there is one.
func (s *Store) RemoveToken(ctx context.Context, startURL string) (removed bool, err error) {
	backend := s.backendBefore()
	if s.sealed != nil && !items.AreListed(backend) {
		return false, nil
	}
	listed, err := s.items(ctx, backend)
	if err != nil || !slices.Contains(items.Tokens(listed), startURL) {
		return false, nil
	}
	keystore, err := s.open(ctx, backend)
	if err == nil {
		err = keystore.remove(ctx, "oidc:"+startURL)
	}
	if errors.Is(err, ErrNotFound) {
		return false, nil // another process has removed it
	}
	if err != nil {
		return false, fmt.Errorf("remove the token of %s that aws-vault has left: %w", startURL, err)
	}
	return true, nil
}
