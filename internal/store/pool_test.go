package store

import (
	"sync"
	"testing"
)

func TestKeystoresOfARunAreMadeOnce(t *testing.T) {
	var p Pool
	made := 0
	of := func(keys, sessions string, asks bool) *Store {
		return p.Of(keys, sessions, asks, func() Settings { made++; return Settings{Backend: "other", StateDir: t.TempDir()} })
	}
	first := of("file", "", true)
	if first != of("file", "", true) || made != 1 {
		t.Errorf("it is made %d times", made)
	}
	for _, other := range []*Store{of("pass", "", true), of("file", "pass", true), of("file", "", false)} {
		if other == first {
			t.Error("two keystores are one")
		}
	}
	if made != 4 {
		t.Errorf("%d are made", made)
	}
	if s := first.settings; s.Backend != "file" || s.Silence != &p.Silence {
		t.Errorf("it is %q, and what it knows of the bus is its own: %v", s.Backend, s.Silence)
	}
	// A server's sessions ask for their own at once.
	var all sync.WaitGroup
	got := make([]*Store, 8)
	for i := range got {
		all.Go(func() { got[i] = of("keyctl", "", true) })
	}
	all.Wait()
	for _, s := range got {
		if s != got[0] {
			t.Error("one keystore is made twice")
		}
	}
}
