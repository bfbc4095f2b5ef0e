package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/store"
)

// conform holds a backend to what every backend promises. fresh returns the
// settings of an empty keystore, which holds sessions too.
func conform(t *testing.T, fresh func(*testing.T) store.Settings) {
	t.Run("keys", func(t *testing.T) { conformKeys(t, fresh(t)) })
	t.Run("names", func(t *testing.T) { conformNames(t, fresh(t)) })
	t.Run("sessions", func(t *testing.T) { conformSessions(t, fresh(t)) })
}

func conformKeys(t *testing.T, settings store.Settings) {
	ctx := t.Context()
	s := store.Open(settings)

	if name, err := s.Backend(ctx); name != settings.Backend || err != nil {
		t.Errorf("Backend() = %q, %v; want %q", name, err, settings.Backend)
	}
	wantNames(t, s)
	if _, err := s.Keys(ctx, "dev"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Keys of nothing: got %v, want ErrNotFound", err)
	}
	if err := s.RemoveKeys(ctx, "dev"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("RemoveKeys of nothing: got %v, want ErrNotFound", err)
	}

	if _, err := s.Revision(ctx, "dev"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Revision of nothing: got %v, want ErrNotFound", err)
	}
	put(t, s, "dev", keys(1))
	put(t, s, "prod", keys(2))
	wantKeys(t, s, "dev", keys(1))
	first, err1 := s.Revision(ctx, "dev")
	again, err2 := store.Open(settings).Revision(ctx, "dev")
	put(t, s, "dev", keys(3))
	next, err3 := s.Revision(ctx, "dev")
	if err := errors.Join(err1, err2, err3); err != nil || first != again || first == next {
		t.Errorf("revisions %q, %q, and once replaced %q (%v)", first, again, next, err)
	}
	wantKeys(t, store.Open(settings), "dev", keys(3))
	wantKeys(t, store.Open(settings), "prod", keys(2))
	wantNames(t, s, "dev", "prod")
	for name, want := range map[string]bool{"dev": true, "de": false, "dev2": false, "": false} {
		if got, err := s.Has(ctx, name); got != want || err != nil {
			t.Errorf("Has(%q) = %v, %v; want %v", name, got, err, want)
		}
	}

	large := keys(4)
	large.SessionToken = strings.Repeat("x", 8<<10)
	large.Expires = epoch.Add(time.Hour)
	put(t, s, "dev", large)
	wantKeys(t, s, "dev", large)

	if err := s.RemoveKeys(ctx, "dev"); err != nil {
		t.Error(err)
	}
	if err := s.RemoveKeys(ctx, "dev"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("second RemoveKeys: got %v, want ErrNotFound", err)
	}
	wantNames(t, s, "prod")
}

func conformNames(t *testing.T, settings store.Settings) {
	s := store.Open(settings)
	odd := []string{
		"a b", "a", "a/b", "Ünï ☃", "c:d:e", "quo'te", "per%cent%2F", "-dash", ".dot", "a,b", "comma,,x,12", "$(x)`y`;|", "*?[",
	}
	if settings.Backend != "secret-service" {
		// JSON has backslashes for these. gnome-keyring loses them when it happens to
		// read a keyring without a password, as the tests have, back from its file.
		odd = append(odd, `q"uo\te`, "a&b")
	}
	for i, name := range odd {
		put(t, s, name, keys(i))
	}
	for i, name := range odd {
		wantKeys(t, s, name, keys(i))
	}
	wantNames(t, s, slices.Sorted(slices.Values(odd))...)
	put(t, s, "a", keys(50))
	wantKeys(t, s, "a", keys(50))
	wantKeys(t, s, "a/b", keys(2))

	for _, name := range []string{
		"", ".", "..", "nul\x00", "line\nbreak", "\xff", "oidc:https://x.awsapps.com/start",
		"sts.AssumeRole,ZGV2,aGFzaA,1790000000", "session,ZGV2,,1790000000", "session:dev::1790000000", "dev session (1790000000)",
	} {
		if err := s.PutKeys(t.Context(), name, keys(1)); err == nil {
			t.Errorf("PutKeys(%q) is accepted", name)
		}
		if _, err := s.Keys(t.Context(), name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Keys(%q): got %v, want ErrNotFound", name, err)
		}
	}
}

func conformSessions(t *testing.T, settings store.Settings) {
	ctx := t.Context()
	time1, time2 := epoch.Add(time.Hour), epoch.Add(2*time.Hour)
	now := &clock{epoch}
	settings.Now = now.now
	s := store.Open(settings)

	role := store.SessionKey{Type: "sts.AssumeRole", Profile: "a/b, ☃", Hash: "\x00\xff"}
	same := store.SessionKey{Type: "sts.AssumeRole", Profile: "a/b, ☃", Hash: "\x00\xfe"}
	token := store.SessionKey{Type: "sts.GetSessionToken", Profile: "dev", Hash: "h"}
	wantSession(t, s, role, nil)

	one, two, three := session(1, time1), session(2, time2), session(3, time2)
	putSession(t, s, role, one)
	wantSession(t, s, role, &one)
	wantSession(t, s, same, nil)
	putSession(t, s, role, two)
	putSession(t, s, same, one)
	putSession(t, s, token, three)
	wantSession(t, store.Open(settings), role, &two)
	wantSession(t, store.Open(settings), same, &one)
	wantNames(t, s)
	wantSessions(t, s, store.SessionInfo{Key: same, Expires: time1}, store.SessionInfo{Key: role, Expires: time2}, store.SessionInfo{Key: token, Expires: time2})

	now.Time = time1.Add(-settings.MinTTL)
	wantSession(t, s, same, &one)
	now.Time = time1.Add(-settings.MinTTL + time.Second)
	wantSession(t, s, same, nil) // it lives, but not long enough
	wantSession(t, s, role, &two)

	now.Time = time1
	wantSessions(t, s, store.SessionInfo{Key: role, Expires: time2}, store.SessionInfo{Key: token, Expires: time2})
	putSession(t, s, role, two) // which tidies up
	now.Time = epoch
	wantSessions(t, s, store.SessionInfo{Key: role, Expires: time2}, store.SessionInfo{Key: token, Expires: time2})

	large := session(4, time2)
	large.SessionToken = strings.Repeat("x", 8<<10)
	putSession(t, s, same, large)
	wantSession(t, s, same, &large)

	if n, err := s.RemoveSessions(ctx, "dev"); n != 1 || err != nil {
		t.Errorf("RemoveSessions(dev) = %d, %v; want 1", n, err)
	}
	if n, err := s.RemoveSessions(ctx, ""); n != 2 || err != nil {
		t.Errorf("RemoveSessions() = %d, %v; want 2", n, err)
	}
	wantSessions(t, s)

	if err := s.PutSession(ctx, role, keys(1)); err == nil {
		t.Error("a session without expiry is accepted")
	}
}

func put(t *testing.T, s *store.Store, name string, c store.Credentials) {
	t.Helper()
	if err := s.PutKeys(t.Context(), name, c); err != nil {
		t.Fatal(err)
	}
}

func putSession(t *testing.T, s *store.Store, k store.SessionKey, c store.Credentials) {
	t.Helper()
	if err := s.PutSession(t.Context(), k, c); err != nil {
		t.Fatal(err)
	}
}

func wantKeys(t *testing.T, s *store.Store, name string, want store.Credentials) {
	t.Helper()
	got, err := s.Keys(t.Context(), name)
	if err != nil {
		t.Error(err)
	} else if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
		t.Errorf("keys of %q (-want +got):\n%s", name, diff)
	}
}

func wantNames(t *testing.T, s *store.Store, want ...string) {
	t.Helper()
	got, err := s.Names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, append([]string(nil), got...)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// wantSession wants no session where want is nil.
func wantSession(t *testing.T, s *store.Store, k store.SessionKey, want *store.Credentials) {
	t.Helper()
	got, ok, err := s.Session(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if ok != (want != nil) {
		t.Errorf("session of %v: got %v, want %v", k, ok, want != nil)
	} else if ok {
		if diff := cmp.Diff(plain(*want), plain(got)); diff != "" {
			t.Errorf("session of %v (-want +got):\n%s", k, diff)
		}
	}
}

func wantSessions(t *testing.T, s *store.Store, want ...store.SessionInfo) {
	t.Helper()
	got, err := s.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
}
