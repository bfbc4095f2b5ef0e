package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/items"
	"awsvault/internal/sealed"
)

// What the keystore has said is written down beside the sealed sessions, so that a
// cached session is found without asking it: whether a name has keys, and in which
// version. Our own commands change both at once. What another program changes in a
// keystore of files is noticed by the file. Elsewhere it is noticed when the
// keystore is asked next: whenever there is no session to deliver, with --fresh,
// after `vault clear`, and by every command that manages keys.

// Known is what is known of the keystore without opening it. It is a view of one
// moment. The zero value knows nothing.
type Known struct {
	keystore sealed.Knowledge
	backend  string // that is named; empty: the one that was chosen
	typed    bool   // of Settings
}

// Known returns what is known of the keystore that holds the long-lived keys.
func (s *Store) Known() Known {
	if s.sealed == nil {
		return Known{}
	}
	return Known{s.sealed.Knowledge(s.place()), s.settings.Backend, s.settings.Typed}
}

// Key tells whether there are keys of that name, if that is known, and in which
// version: what Revision answers; empty if that is not known.
//
// That there are none may be believed only to deliver a cached session: aws-vault
// may have added some since.
func (k Known) Key(name string) (exists, known bool, revision string) {
	f, known := k.keystore.Key(name)
	return f.Exists, known, f.Revision
}

// Primes is that of the store.
func (k Known) Primes(context.Context) bool {
	return items.Primes(cmp.Or(k.backend, k.Backend()), k.typed)
}

// Backend is the backend that was chosen when the keystore was asked, or empty.
func (k Known) Backend() string { return k.keystore.Backend() }

// KnownNames is Names, and Rotations, without opening a keystore on a bus or behind
// a program, if they are known. A keystore of files is read: that costs nothing.
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

// Comparison is what the keystore says, and how what was known of it differs.
type Comparison struct {
	Names []string // that have stored keys, sorted
	Known int      // of how many names something was known
	Wrong []string // those of which that was wrong, sorted
}

// Compare is Names, compared with what was known before. What was wrong is
// forgotten, as it is whenever the keystore is asked.
func (s *Store) Compare(ctx context.Context) (Comparison, error) {
	before := s.Known().keystore
	names, _, err := s.List(ctx)
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{Names: names}
	for _, name := range before.Known() {
		f, known := before.Key(name)
		if !known {
			continue // its file has changed, which every reader notices
		}
		c.Known++
		if f.Exists != slices.Contains(names, name) {
			c.Wrong = append(c.Wrong, name)
		}
	}
	return c, nil
}

// place names the keystore in the index: by all settings that decide which it is.
func (s *Store) place() string {
	p := s.settings
	return sealed.Keystore{
		Backend: p.Backend, Service: p.Service, Keyring: p.Keyring, KeychainName: p.KeychainName, Collection: p.Collection,
		PassDir: p.PassDir, PassageDir: p.PassageDir, PassCmd: p.PassCmd, PassPrefix: p.PassPrefix, FileDir: p.FileDir, Bus: p.Bus,
		OPVault: p.OnePassword.Vault, OPTitlePrefix: p.OnePassword.TitlePrefix, OPTag: p.OnePassword.Tag,
		OPConnectHost: p.OnePassword.ConnectHost, OPAccount: p.OnePassword.Account,
	}.Place()
}

// backendBefore is the backend that is named, or was chosen when the keystore was
// asked last; empty: that is not known.
func (s *Store) backendBefore() string {
	if s.settings.Backend != "" {
		return s.settings.Backend
	}
	return s.Known().Backend()
}

// filer is a keystore that has a file for each key, and what that file is.
type filer interface{ file(key string) string }

// look returns what is to be noted of a key before the keystore is asked about it:
// a file that changes in between is then found to have changed.
func look(opened keystore, name string) sealed.Fact {
	f, ok := opened.(filer)
	if !ok || checkName(name) != nil {
		return sealed.Fact{}
	}
	path := f.file(name)
	return sealed.Fact{Path: path, Stamp: sealed.Stamp(path)}
}

// learned notes what a keystore has said about the keys of a name.
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

// changed notes that we have changed the keys of a name. Stores with other settings
// may lead to the same keystore, so what is known of them is void. If that cannot be
// written down, the sessions have to go: they would be found by what was known.
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

// learnLimit is how long writing down what was learned may wait for another
// process: it is only a shortcut.
const learnLimit = 200 * time.Millisecond

// learn writes news into the index. Where there is none yet, they wait for the
// first session.
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

// takeNews returns what waits for the first session.
func (s *Store) takeNews() sealed.News {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := s.news
	s.news = sealed.News{}
	return news
}
