package store

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"awsvault/internal/items"
)

// Finding describes a backend, as far as that is possible without a question.
type Finding struct {
	Backend string
	Chosen  bool  // it holds the long-lived keys
	Err     error // why it does not open, or that it is locked; nil: it opens
	Locked  bool  // it exists, and needs a person
	Keys    int   // the number of its long-lived keys; 0 if Err is set
	Took    time.Duration
}

// Examine looks at every backend that this system can have, in the order of Backends, and at
// the chosen one even if its name is unknown. It asks no question. It looks at all backends at
// once, and gives each of them Settings.Timeout to open and to list.
func (s *Store) Examine(ctx context.Context) []Finding {
	quiet := s.settings
	quiet.Ask, quiet.Passphrase, quiet.NewPassphrase, quiet.OtherPassphrase, quiet.PassedOver = nil, nil, nil, nil, nil

	quiet.Certain, quiet.Silence = true, nil // ask each one, and ignore what is remembered

	names := Backends()
	if b := quiet.Backend; b != "" && !slices.Contains(names, b) {
		names = append(names, b) // the error will say that this backend is unknown
	}
	var findings []Finding
	for _, name := range names {
		if exists(name, runtime.GOOS) || name == quiet.Backend {
			findings = append(findings, Finding{Backend: name, Chosen: name == quiet.Backend})
		}
	}
	opens := make([]bool, len(findings))
	var all sync.WaitGroup
	for i := range findings {
		f := &findings[i]
		all.Go(func() {
			start := quiet.Now()
			look := Open(quiet) // a separate store, because opening takes a lock
			_, err := look.open(ctx, f.Backend)
			opens[i] = err == nil
			var names []string
			if err == nil {
				var listed []string
				listed, err = look.items(ctx, f.Backend)
				names, _ = items.Sort(listed)
			}
			f.Err, f.Locked, f.Keys, f.Took = err, errors.Is(err, ErrLocked), len(names), quiet.Now().Sub(start)
		})
	}
	all.Wait()
	// This chooses as choose does, which would wait for one backend after the other.
	for _, name := range automatic(runtime.GOOS) {
		i := slices.IndexFunc(findings, func(f Finding) bool { return f.Backend == name })
		if quiet.Backend == "" && i >= 0 && (opens[i] || findings[i].Locked) {
			findings[i].Chosen = true
			break
		}
	}
	return findings
}

// exists reports whether a system can have a backend.
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
