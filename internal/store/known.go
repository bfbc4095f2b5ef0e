package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/items"
	"awsvault/internal/keyage"
	"awsvault/internal/sealed"
)

// vault writes down what the keystore has reported, next to the sealed sessions: whether a
// name has keys, and their version. So it finds a cached session without asking the keystore.
// Our own commands change both at once. If another program changes a keystore of files, the
// file shows that. In other keystores, vault notices a change when it next asks: whenever
// there is no session to deliver, with --fresh, after `vault clear`, and in every command that
// manages keys.

// Known holds what is known about the keystore without opening it, at one moment. The zero
// value knows nothing.
type Known struct {
	keystore sealed.Knowledge
	backend  string // the named backend; empty: the one that was chosen
	typed    bool   // from Settings
}

// Known returns what is known about the keystore of the long-lived keys.
func (s *Store) Known() Known {
	if s.sealed == nil {
		return Known{}
	}
	return Known{s.sealed.Knowledge(s.place()), s.settings.Backend, s.settings.Typed}
}

// Key reports whether there are keys under that name, if that is known, and the version that
// Revision returns; empty if that is unknown.
//
// That there are none is only reliable enough to deliver a cached session: aws-vault may have
// added some since.
func (k Known) Key(name string) (exists, known bool, revision string) {
	f, known := k.keystore.Key(name)
	return f.Exists, known, f.Revision
}

// Primes returns what the store's Primes would.
func (k Known) Primes(context.Context) bool {
	return items.Primes(cmp.Or(k.backend, k.Backend()), k.typed)
}

// Backend returns the backend that was chosen when the keystore was last asked, or an empty
// text.
func (k Known) Backend() string { return k.keystore.Backend() }

// KnownNames returns what Names and Rotations do, if that is known, without opening a keystore
// that needs a bus or a program. It reads a keystore of files, which is cheap.
func (s *Store) KnownNames(ctx context.Context) (names, rotations []string, known bool) {
	k := s.Known()
	if backend := k.Backend(); items.AreListed(backend) {
		listed, err := s.items(ctx, backend)
		if err != nil {
			return nil, nil, false
		}
		names, rotations = items.Sort(listed)
		return names, rotations, true
	}
	return k.keystore.Fresh(s.settings.Now())
}

// Comparison lists what the keystore contains, and how that differs from what was known.
type Comparison struct {
	Names []string // names with stored keys, sorted
	Known int      // the number of names about which something was known
	Wrong []string // the names about which that was wrong, sorted

	Ages map[string]keyage.Since // of the names whose age is known
}

// Compare returns what Names does, compared with what was known before. Asking the keystore
// always corrects what was wrong.
func (s *Store) Compare(ctx context.Context) (Comparison, error) {
	before := s.Known().keystore
	names, _, err := s.List(ctx)
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{Names: names, Ages: map[string]keyage.Since{}}
	ages := s.Ages(ctx)
	for _, name := range names {
		if since := ages(name); since != (keyage.Since{}) {
			c.Ages[name] = since
		}
	}
	for _, name := range before.Known() {
		f, known := before.Key(name)
		if !known {
			continue // the file has changed, which every reader notices
		}
		c.Known++
		if f.Exists != slices.Contains(names, name) {
			c.Wrong = append(c.Wrong, name)
		}
	}
	return c, nil
}

// place names the keystore in the index, by all settings that select it.
func (s *Store) place() string { return s.where().Place() }

func (s *Store) where() sealed.Keystore {
	p := s.settings
	return sealed.Keystore{
		Backend: p.Backend, Service: p.Service, Keyring: p.Keyring, KeychainName: p.KeychainName, Collection: p.Collection,
		PassDir: p.PassDir, PassageDir: p.PassageDir, PassCmd: p.PassCmd, PassPrefix: p.PassPrefix, FileDir: p.FileDir, Bus: p.Bus,
		OPVault: p.OnePassword.Vault, OPTitlePrefix: p.OnePassword.TitlePrefix, OPTag: p.OnePassword.Tag,
		OPConnectHost: p.OnePassword.ConnectHost, OPAccount: p.OnePassword.Account,
	}
}

// backendBefore returns the named backend, or the one that was chosen when the keystore was
// last asked; empty: unknown.
func (s *Store) backendBefore() string {
	if s.settings.Backend != "" {
		return s.settings.Backend
	}
	return s.Known().Backend()
}

// filer is a keystore with a file for each key. file returns its path.
type filer interface{ file(key string) string }

// look records the state of a key's file before the keystore is asked about the key. If the
// file changes in between, readers will notice that.
func look(opened keystore, name string) sealed.Fact {
	f, ok := opened.(filer)
	if !ok || checkName(name) != nil {
		return sealed.Fact{}
	}
	path := f.file(name)
	return sealed.Fact{Path: path, Stamp: sealed.Stamp(path)}
}

// learned records what a keystore has reported about the keys of a name.
func (s *Store) learned(ctx context.Context, backend, name string, f sealed.Fact) {
	if s.sealed == nil || s.guesses() {
		return
	}
	k := s.Known().keystore
	have, known := k.Key(name)
	known = known && k.Backend() == backend && have.Exists == f.Exists && have.Path == f.Path && have.Stamp == f.Stamp
	if known && (f.Revision == "" || f.Revision == have.Revision) {
		return
	}
	s.learn(ctx, sealed.News{Backend: backend, Facts: map[string]sealed.Fact{name: f}})
}

// changed records that vault has changed the keys of a name. Stores with other settings may
// use the same keystore, so what is known about them becomes void. If that cannot be written
// down, all sessions are removed, because they would be found through the old knowledge.
func (s *Store) changed(ctx context.Context, news sealed.News) {
	if s.sealed == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	news.Anew = true
	err := s.sealed.Learn(ctx, s.place(), news)
	switch {
	case errors.Is(err, sealed.ErrMissing):
		s.keep(news)
	case err != nil:
		s.sealed.Remove(ctx, func(aws.SessionKey) bool { return true })
	}
}

// learnLimit is how long learn waits for another process: what it records is only a shortcut.
const learnLimit = 200 * time.Millisecond

// learn writes news into the index. If there is no index yet, the news wait for the first
// session.
func (s *Store) learn(ctx context.Context, news sealed.News) {
	if s.sealed == nil || news.Empty() || s.guesses() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, learnLimit)
	defer cancel()
	if err := s.sealed.Learn(ctx, s.place(), news); errors.Is(err, sealed.ErrMissing) {
		s.keep(news)
	}
}

// keep keeps news for the first session.
func (s *Store) keep(news sealed.News) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.news = s.news.And(news)
}

// takeNews returns the news kept for the first session.
func (s *Store) takeNews() sealed.News {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := s.news
	s.news = sealed.News{}
	return news
}
