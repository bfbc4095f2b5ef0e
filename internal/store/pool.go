package store

import "sync"

// Pool are the keystores of one run. Each is made once, so that one which does not answer
// is waited for once.
type Pool struct {
	// Silence is what they know of a bus that does not answer.
	Silence Silence

	mu   sync.Mutex
	made map[pooled]*Store
}

// pooled is what tells keystores apart.
type pooled struct {
	keys, sessions string
	asks           bool
}

// Of is the keystore of those names, with other settings as given; asks says that they
// have a person to ask. Nothing is opened yet.
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
