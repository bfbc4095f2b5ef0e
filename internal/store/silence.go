package store

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
)

// A message bus that takes the call and says nothing costs a wait. It is waited for once
// in a run, and for a minute later runs that only read do not wait at all.

// Silence is what the stores of one run know of a bus that does not answer. The zero
// value knows nothing.
type Silence struct {
	mu    sync.Mutex
	heard bool // it was asked in this run, and said nothing
	told  bool
}

const (
	busPatience    = 2 * time.Second // for a bus; a service that it has to start may take longer
	silenceCounts  = time.Minute
	silenceFile    = "silent-bus"
	silenceTooLong = 4096
)

// errBusSilent says that the bus itself does not answer, and not one of its services.
var errBusSilent = errors.New("the D-Bus session bus does not answer")

func busSilent(backend string) error {
	return unavailable(backend, errBusSilent.Error(), "", errBusSilent, errNoAnswer)
}

func onBus(backend string) bool { return backend == "secret-service" || backend == "kwallet" }

// silent tells whether the bus need not be asked now.
func (s *Store) silent(backend string) bool {
	if !onBus(backend) || s.settings.Bus == "" {
		return false
	}
	q := s.settings.Silence
	q.mu.Lock()
	heard := q.heard
	q.mu.Unlock()
	return heard || !s.settings.Certain && s.settings.Backend == "" && s.remembersSilence()
}

// noteSilence remembers how the bus has answered.
func (s *Store) noteSilence(backend string, err error) {
	if !onBus(backend) || s.settings.Bus == "" {
		return
	}
	path := filepath.Join(s.settings.StateDir, silenceFile)
	if !errors.Is(err, errBusSilent) {
		if s.settings.StateDir != "" && s.remembersSilence() {
			os.Remove(path)
		}
		return
	}
	q := s.settings.Silence
	q.mu.Lock()
	q.heard = true
	q.mu.Unlock()
	if s.settings.StateDir != "" && !s.settings.Certain { // else the next run waits too
		_ = disk.Replace(path, []byte(s.settings.Bus+"\n"+s.settings.Now().UTC().Format(time.RFC3339)+"\n"), disk.Options{})
	}
}

// remembersSilence tells whether a run of the last minute got no answer.
func (s *Store) remembersSilence() bool {
	if s.settings.StateDir == "" {
		return false
	}
	text, err := disk.ReadFile(filepath.Join(s.settings.StateDir, silenceFile), disk.Reading{Limit: silenceTooLong})
	if err != nil {
		return false
	}
	bus, when, _ := strings.Cut(strings.TrimSuffix(string(text), "\n"), "\n")
	at, err := time.Parse(time.RFC3339, when)
	if err != nil || bus != s.settings.Bus {
		return false
	}
	age := s.settings.Now().Sub(at)
	return age > -time.Second && age < silenceCounts
}

// passOver goes on to the next keystore, which is said once in a run. Who needs to be
// certain is refused: a key that is stored elsewhere is not found when the bus is back.
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

// certain refuses a change where a keystore was passed over that may be the right one.
func (s *Store) certain() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsure != "" {
		return uncertain(s.unsure)
	}
	return nil
}

// guesses tells whether what is known of the keystore must not be written down.
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
