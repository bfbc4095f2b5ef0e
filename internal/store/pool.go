package store

import "sync"

// Pool holds the keystores of one run. It makes each of them once, so that a run waits only
// once for a keystore that does not answer.
type Pool struct {
	// Silence is what the keystores know about a bus that does not answer.
	Silence Silence

	mu   sync.Mutex
	made map[pooled]*Store
}

// pooled distinguishes keystores.
type pooled struct {
	keys, sessions string
	asks           bool
}

// Of returns the keystore with those names, and otherwise the given settings. asks says that
// it has a person to ask. It opens nothing yet.
func (p *Pool) Of(keys, sessions string, asks bool, settings func() Settings) *Store {
	p.mu.Lock()
	defer p.mu.Unlock()
	of := pooled{keys, sessions, asks}
	if p.made[of] == nil {
		s := settings()
		s.Backend, s.SessionBackend, s.Silence = keys, sessions, &p.Silence
		if p.made == nil {
			p.made = map[pooled]*Store{}
		}
		p.made[of] = Open(s)
	}
	return p.made[of]
}
