// Package store keeps AWS credentials. Long-lived keys are in the operating system's
// keystore, or in a substitute for it. Temporary credentials are in a cache that several
// shells share, protected by locks.
//
// Items have the names and the format of aws-vault 7, so either tool can use what the other
// stored. Writes are atomic: if the process is killed at any point, everything stored
// before is still there.
//
// The package does not know what a profile means, how credentials are obtained, or how to
// talk to the user: callers pass in functions that ask. It reads no environment and no
// clock. A program that imports it must import internal/nodbus as well.
package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/99designs/keyring"

	"awsvault/internal/sealed"
)

// Settings say where everything is stored and who can be asked. Empty names mean those of
// aws-vault; directories have no such default.
type Settings struct {
	Backend        string // one of Backends; empty: the first one that opens
	SessionBackend string // the backend for sessions; empty: sealed files on Linux, else chosen after Backend

	Service      string // "aws-vault"; tests use their own name
	Keyring      string // the kernel's keyring; Service
	KeychainName string // "aws-vault"
	Collection   string // of the secret service: "awsvault"
	PassDir      string // the password store of pass, absolute
	PassageDir   string // the password store of passage, absolute
	PassCmd      string // "pass", "passage"
	PassPrefix   string // a folder inside the password store
	FileDir      string // the file keystore, absolute
	OnePassword  OnePassword

	Bus string // the address of the D-Bus session bus; empty: none

	StateDir   string   // has the directories "locks", and "sessions" with sealed sessions
	RuntimeDir string   // used instead if StateDir is not writable
	Environ    []string // for the programs that a backend runs

	// Passphrase asks for the passphrase of the file keystore. NewPassphrase asks for a new
	// one, and should ask twice. OtherPassphrase asks for one that replaces the present one.
	// The prompt has no colon. If it has several lines, the last one is the question, and the
	// others explain it. Nil: there is no person to ask.
	Passphrase      func(ctx context.Context, prompt string) (string, error)
	NewPassphrase   func(ctx context.Context, prompt string) (string, error)
	OtherPassphrase func(ctx context.Context, prompt string) (string, error)
	Rounds          int // PBKDF2 rounds of a new item; zero: 600,000; tests use fewer

	// Typed means that a person types the passphrase: neither a variable nor a program
	// provides it.
	Typed bool

	// PassedOver is called once in a run if no backend is named and one did not answer in
	// time. The next backend is then tried. It may be nil.
	PassedOver func(err error)
	// Certain means that keys are going to be stored. A backend that does not answer is then
	// an error, and earlier silence is not trusted.
	Certain bool
	Silence *Silence // shared by the stores of a run; nil: a separate one

	Ask     func() bool // reports whether a keystore may ask a person to unlock it; nil: no person
	Desktop bool        // a graphical session can show a dialog

	Kernel sealed.Kernel // for sealed sessions; nil: the system's
	Now    func() time.Time
	MinTTL time.Duration // how long a session must still last to be used

	// Waiting is called with what vault waits for; done ends the wait. It may be nil.
	Waiting func(what string) (done func())
	// Running is called with the program that vault waits for, its time limit (zero: none),
	// and whether it may ask on the terminal. It may be nil.
	Running func(name string, limit time.Duration, asks bool) (done func())

	Timeout  time.Duration // for a keystore to answer; zero: 5 s
	Patience time.Duration // for a dialog on the desktop, which must not stay open for a person who has left; zero: 2 min
}

// Backends returns the names that Settings may contain, in aws-vault's order of choice. A
// backend that this system does not have returns an error that says so.
func Backends() []string {
	return []string{
		"wincred", "winhello", "keychain", "secret-service", "kwallet", "keyctl",
		"pass", "passage", "file", "op-connect", "op", "op-desktop",
	}
}

// automatic returns the backends to try if none is named.
//
// keyctl is not among them, although aws-vault tries it before pass and file: the kernel
// forgets its keys at a restart, so long-lived keys must not go there by default. It cannot
// contain old keys either, because aws-vault offers keyctl but cannot open it.
func automatic(goos string) []string {
	switch goos {
	case "windows":
		return []string{"wincred", "file"}
	case "darwin":
		return []string{"keychain", "pass", "passage", "file"}
	}
	return []string{"secret-service", "kwallet", "pass", "passage", "file"}
}

// keystore is the interface of a backend. get and remove return ErrNotFound for a missing
// item.
type keystore interface {
	keys(ctx context.Context) ([]string, error)
	has(ctx context.Context, key string) (bool, error)
	get(ctx context.Context, key string) (keyring.Item, error)
	set(ctx context.Context, item keyring.Item) error
	remove(ctx context.Context, key string) error
}

// Store gives access to the keystores of one user. Its methods may be called concurrently.
type Store struct {
	settings Settings
	sealed   *sealed.Cache // nil: sessions are not sealed

	mu     sync.Mutex
	opened map[string]opening // by backend
	news   sealed.News        // what the index has not been told yet
	unsure string             // the backend that was passed over because it did not answer
}

type opening struct {
	keystore keystore
	err      error
}

// Open returns the store for the settings. It opens each keystore only when it is needed.
func Open(s Settings) *Store {
	fill := func(text *string, value string) {
		if *text == "" {
			*text = value
		}
	}
	fill(&s.Service, "aws-vault")
	fill(&s.Keyring, s.Service)
	fill(&s.KeychainName, "aws-vault")
	fill(&s.Collection, "awsvault")
	if s.Timeout <= 0 {
		s.Timeout = 5 * time.Second
	}
	if s.Patience <= 0 {
		s.Patience = 2 * time.Minute
	}
	if s.Silence == nil {
		s.Silence = &Silence{}
	}
	return &Store{settings: s, sealed: openSealed(s), opened: map[string]opening{}}
}

// person reports whether a person can be asked. It is called late, because it opens a
// terminal, which a cached session does not need.
func (s Settings) person() bool { return s.Ask != nil && s.Ask() }

// Backend returns the name of the backend that holds the long-lived keys.
func (s *Store) Backend(ctx context.Context) (string, error) {
	name, _, err := s.keystore(ctx)
	return name, err
}

// toChange is like keystore, for callers that change the contents.
func (s *Store) toChange(ctx context.Context) (string, keystore, error) {
	name, opened, err := s.keystore(ctx)
	if err == nil {
		err = s.certain()
	}
	return name, opened, err
}

// keystore opens the backend that holds the long-lived keys.
func (s *Store) keystore(ctx context.Context) (string, keystore, error) {
	name, err := s.choose(ctx)
	if err != nil {
		return "", nil, err
	}
	opened, err := s.open(ctx, name)
	return name, opened, err
}

// choose names the backend of the long-lived keys: the one that the settings name, unopened,
// else the first one that opens.
func (s *Store) choose(ctx context.Context) (string, error) {
	if s.settings.Backend != "" {
		return s.settings.Backend, nil
	}
	var reasons []string
	for _, name := range automatic(runtime.GOOS) {
		_, err := s.open(ctx, name)
		if err == nil {
			return name, nil
		}
		if ctx.Err() != nil || errors.Is(err, ErrLocked) {
			return "", err // it exists, and the keys may be in it
		}
		if errors.Is(err, errNoAnswer) {
			if err := s.passOver(name, err); err != nil {
				return "", err
			}
		}
		reasons = append(reasons, err.Error())
	}
	return "", noBackend("no keystore can be used: "+strings.Join(reasons, "; "), "the backend \"file\" needs only a writable directory")
}

// open opens a backend once and remembers the result, so a backend that does not answer costs
// its time limit only once.
func (s *Store) open(ctx context.Context, name string) (keystore, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.opened[name]; ok {
		return o.keystore, o.err
	}
	err := s.silent(name)
	if err != nil {
		return nil, err
	}
	var opened keystore
	switch name {
	case "file", "keyctl": // these only need a few system calls, which are no slower than starting a goroutine
		opened, err = s.dial(ctx, name)
	default:
		done := s.settings.waiting(name)
		opened, err = within(ctx, s.settings.Timeout, func(ctx context.Context) (keystore, error) { return s.dial(ctx, name) })
		done()
	}
	s.noteSilence(name, err)
	if errors.Is(err, errNoAnswer) && !errors.Is(err, ErrUnavailable) {
		err = unavailable(name, "it does not answer", "", errNoAnswer)
	}
	if ctx.Err() == nil {
		s.opened[name] = opening{opened, err}
	}
	return opened, err
}

// waiting announces the wait for a keystore that asks nothing on the terminal.
func (s Settings) waiting(backend string) (done func()) {
	if s.Waiting == nil || !onBus(backend) && backend != "keychain" {
		return func() {}
	}
	return s.Waiting("the desktop keyring")
}

func (s *Store) dial(ctx context.Context, name string) (keystore, error) {
	switch name {
	case "file":
		return openFile(s.settings, s.lock)
	case "pass":
		return openPass(s.settings)
	case "passage":
		return openPassage(s.settings)
	case "keyctl":
		return openKernel(s.settings)
	case "secret-service":
		return openSecretService(ctx, s.settings)
	case "kwallet":
		return openKWallet(ctx, s.settings)
	case "op-connect":
		return openConnect(ctx, s.settings, s.lock)
	case "op", "op-desktop":
		return openOPCommand(s.settings, name, s.lock)
	case "wincred":
		return openWinCred(s.settings, s.lock)
	case "winhello":
		return openWinHello(s.settings, s.lock)
	case "keychain":
		return openKeychain(s.settings)
	}
	return nil, noBackend(fmt.Sprintf("backend %q is unknown", name), worksHere())
}

// worksHere is advice for a person who has named a keystore that does not work.
func worksHere() string {
	return "backends that work here: " + strings.Join(automatic(runtime.GOOS), ", ")
}
