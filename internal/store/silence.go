package store

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
)

// A message bus, or a keystore on it, may accept a call and never answer. A run waits for that
// only once, and for a minute, later runs that only read do not wait at all.

// Silence is what the stores of one run know about a bus, and keystores on it, that do not
// answer. The zero value knows nothing.
type Silence struct {
	mu    sync.Mutex
	heard []string // what did not answer in this run: backends, or wholeBus
	told  bool
}

// wholeBus stands for all backends on the bus.
const wholeBus = ""

const (
	busPatience    = 2 * time.Second // for a bus, and for a running service; a service that the bus has to start may take longer
	silenceCounts  = time.Minute
	silenceFile    = "silent-bus"
	silenceTooLong = 4096
)

// errBusSilent means that the bus itself does not answer.
var errBusSilent = errors.New("the D-Bus session bus does not answer")

// errServiceSilent means that the bus answers, but the running keystore does not.
var errServiceSilent = errors.New("it runs but does not answer")

func busSilent(backend string) error {
	return unavailable(backend, errBusSilent.Error(), "", errBusSilent, errNoAnswer)
}

func serviceSilent(backend string) error {
	return unavailable(backend, errServiceSilent.Error(), "", errServiceSilent, errNoAnswer)
}

func onBus(backend string) bool { return backend == "secret-service" || backend == "kwallet" }

// silent returns an error if the backend is known not to answer.
func (s *Store) silent(backend string) error {
	if !onBus(backend) || s.settings.Bus == "" {
		return nil
	}
	q := s.settings.Silence
	q.mu.Lock()
	heard := q.heard
	q.mu.Unlock()
	if !s.settings.Certain && s.settings.Backend == "" {
		if what, ok := s.remembersSilence(); ok {
			heard = append(slices.Clip(heard), what)
		}
	}
	switch {
	case slices.Contains(heard, wholeBus):
		return busSilent(backend)
	case slices.Contains(heard, backend):
		return serviceSilent(backend)
	}
	return nil
}

// noteSilence remembers whether the backend, or the bus, has answered.
func (s *Store) noteSilence(backend string, err error) {
	if !onBus(backend) || s.settings.Bus == "" {
		return
	}
	path, what := filepath.Join(s.settings.StateDir, silenceFile), wholeBus
	switch {
	case errors.Is(err, errBusSilent):
	case errors.Is(err, errServiceSilent):
		what = backend
	default:
		if s.settings.StateDir == "" {
			return
		}
		if was, ok := s.remembersSilence(); ok && (was == wholeBus || was == backend) {
			os.Remove(path)
		}
		return
	}
	q := s.settings.Silence
	q.mu.Lock()
	q.heard = append(q.heard, what)
	q.mu.Unlock()
	if s.settings.StateDir != "" && !s.settings.Certain { // otherwise the next run waits too
		text := s.settings.Bus + "\n" + s.settings.Now().UTC().Format(time.RFC3339) + "\n"
		if what != wholeBus {
			text += what + "\n"
		}
		_ = disk.Replace(path, []byte(text), disk.Options{})
	}
}

// remembersSilence reports whether a run in the last minute got no answer, and from what.
func (s *Store) remembersSilence() (what string, ok bool) {
	if s.settings.StateDir == "" {
		return "", false
	}
	text, err := disk.ReadFile(filepath.Join(s.settings.StateDir, silenceFile), disk.Reading{Limit: silenceTooLong})
	if err != nil {
		return "", false
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) < 2 || lines[0] != s.settings.Bus {
		return "", false
	}
	at, err := time.Parse(time.RFC3339, lines[1])
	if err != nil {
		return "", false
	}
	if len(lines) > 2 {
		what = lines[2]
	}
	age := s.settings.Now().Sub(at)
	return what, age > -time.Second && age < silenceCounts
}

// passOver lets the store try the next keystore, and tells the person once in a run. If the
// settings ask for certainty, it fails: a key stored in another keystore would not be found
// once the bus is back.
func (s *Store) passOver(backend string, err error) error {
	if s.settings.Certain {
		return uncertain(backend)
	}
	s.mu.Lock()
	s.unsure = cmp.Or(s.unsure, backend)
	s.mu.Unlock()
	q := s.settings.Silence
	q.mu.Lock()
	told := q.told
	q.told = true
	q.mu.Unlock()
	if !told && s.settings.PassedOver != nil {
		s.settings.PassedOver(err)
	}
	return nil
}

// certain refuses a change if a keystore was passed over that may be the right one.
func (s *Store) certain() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsure != "" {
		return uncertain(s.unsure)
	}
	return nil
}

// guesses reports whether what is known about the keystore must not be written down.
func (s *Store) guesses() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unsure != ""
}

func uncertain(backend string) error {
	return &fault.Error{
		Text: fmt.Sprintf("keystore %q does not answer, and a key must not go to another keystore instead", backend),
		Hint: "try again, or name a keystore: --backend=file", Cause: errors.Join(errNoAnswer, ErrUnavailable),
	}
}
