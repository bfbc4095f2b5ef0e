package store

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"
)

// Finding is what can be told of a backend without asking anybody.
type Finding struct {
	Backend string
	Chosen  bool  // the one that holds the long-lived keys
	Err     error // why it does not open, or is locked; nil: it opens
	Locked  bool  // it is there, and wants a person
	Keys    int   // how many long-lived keys are in it; 0 where Err is set
	Took    time.Duration
}

// Examine looks at every backend that this system can have, in the order of
// Backends. Nobody is asked for anything, and none takes longer than
// Settings.Timeout, to open and to list; they are looked at together.
func (s *Store) Examine(ctx context.Context) []Finding {
	quiet := s.settings
	quiet.Ask, quiet.Passphrase, quiet.NewPassphrase, quiet.PassedOver = nil, nil, nil, nil
	look := Open(quiet)
	chosen, _ := look.choose(ctx)

	var findings []Finding
	for _, name := range Backends() {
		if exists(name, runtime.GOOS) || name == chosen {
			findings = append(findings, Finding{Backend: name, Chosen: name == chosen})
		}
	}
	var all sync.WaitGroup
	for i := range findings {
		f := &findings[i]
		all.Go(func() {
			start := quiet.Now()
			// Its own store: opening takes a lock.
			keys, err := Open(quiet).namesIn(ctx, f.Backend)
			var locked *LockedError
			f.Err, f.Locked, f.Keys, f.Took = err, errors.As(err, &locked), len(keys), quiet.Now().Sub(start)
		})
	}
	all.Wait()
	return findings
}

// exists tells whether a system can have a backend.
func exists(backend, goos string) bool {
	switch backend {
	case "wincred", "winhello":
		return goos == "windows"
	case "keychain":
		return goos == "darwin"
	case "secret-service", "kwallet", "keyctl":
		return goos == "linux"
	case "pass", "passage":
		return goos != "windows"
	}
	return true
}
