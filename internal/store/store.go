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

// Settings say where everything is kept and who can be asked. Empty names mean
// those of aws-vault; directories have no such default.
type Settings struct {
	Backend        string // one of Backends; empty: the first that opens
	SessionBackend string // where sessions go; empty: sealed files on Linux, else chosen after Backend

	Service      string // "aws-vault"; tests use a name of their own
	Keyring      string // the kernel's keyring; Service
	KeychainName string // "aws-vault"
	Collection   string // of the secret service: "awsvault"
	PassDir      string // the password store of pass, absolute
	PassageDir   string // and that of passage
	PassCmd      string // "pass", "passage"
	PassPrefix   string // folder inside the password store
	FileDir      string // the file keystore, absolute
	OnePassword  OnePassword

	Bus string // the address of the D-Bus session bus; empty: there is none

	StateDir   string   // locks are in its directory "locks", sealed sessions in "sessions"
	RuntimeDir string   // used instead if StateDir cannot be written
	Environ    []string // for the programs that a backend runs

	// Passphrase asks for the passphrase of the file keystore; NewPassphrase
	// has one chosen, and should ask twice. The prompt has no colon. Nil:
	// there is no one to ask. If the prompt has several lines, the last one is the
	// question, and those before it say why. OtherPassphrase has a person choose one
	// in place of the present one.
	Passphrase      func(ctx context.Context, prompt string) (string, error)
	NewPassphrase   func(ctx context.Context, prompt string) (string, error)
	OtherPassphrase func(ctx context.Context, prompt string) (string, error)
	Rounds          int // of PBKDF2 for a new item; zero: 600,000. Tests take fewer

	// Typed says that a person types it: neither a variable nor a program gives it.
	Typed bool

	// PassedOver is told, once in a run, of a backend that did not answer in time where
	// none is named; the next one is tried. Nil: it is not told.
	PassedOver func(err error)
	// Certain: keys are going to be stored, so a backend that does not answer is an
	// error, and that it did not a moment ago does not count.
	Certain bool
	Silence *Silence // shared by the stores of a run; nil: this one has its own

	Ask     func() bool // whether a person is there, whom a keystore may ask to unlock it; nil: there is none
	Desktop bool        // there is a graphical session for its dialog

	Kernel sealed.Kernel // of sealed sessions; nil: the system's
	Now    func() time.Time
	MinTTL time.Duration // what a session must have left to be used

	// Waiting is told what is waited for, until the end that done reports. Nil: it is not told.
	Waiting func(what string) (done func())
	// Running is told which program is waited for, how long at most (zero: no limit), and
	// whether it may ask on the terminal. Nil: it is not told.
	Running func(name string, limit time.Duration, asks bool) (done func())

	Timeout  time.Duration // for a keystore that does not answer; zero: 5 s
	Patience time.Duration // for a dialog on the desktop, which a person who has left must not find hanging; zero: 2 min
}

// Backends returns the names that Settings may hold, in aws-vault's order of
// choice. Those that this system has not are known nevertheless, and answer an
// error that says so.
func Backends() []string {
	return []string{
		"wincred", "winhello", "keychain", "secret-service", "kwallet", "keyctl",
		"pass", "passage", "file", "op-connect", "op", "op-desktop",
	}
}

// automatic returns the backends that are tried where none is named.
//
// keyctl is not among them although aws-vault has it before pass and file: the
// kernel forgets its keys when the machine restarts, so it must not get
// long-lived ones unasked. No keys can be waiting there either, for aws-vault
// offers keyctl and cannot open it.
func automatic(goos string) []string {
	switch goos {
	case "windows":
		return []string{"wincred", "file"}
	case "darwin":
		return []string{"keychain", "pass", "passage", "file"}
	}
	return []string{"secret-service", "kwallet", "pass", "passage", "file"}
}

// keystore is what a backend does. Where an item is missing, get and remove
// answer ErrNotFound.
type keystore interface {
	keys(ctx context.Context) ([]string, error)
	has(ctx context.Context, key string) (bool, error)
	get(ctx context.Context, key string) (keyring.Item, error)
	set(ctx context.Context, item keyring.Item) error
	remove(ctx context.Context, key string) error
}

// Store is the keystores of one user. Its methods may be called concurrently.
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

// Open returns the store that the settings describe. Nothing is opened before it
// is needed.
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

// person tells whether a person can be asked. That is found out late: a terminal
// has to be opened for it, and a cached session needs none.
func (s Settings) person() bool { return s.Ask != nil && s.Ask() }

// Backend returns the name of the backend that holds the long-lived keys.
func (s *Store) Backend(ctx context.Context) (string, error) {
	name, _, err := s.keystore(ctx)
	return name, err
}

// toChange is keystore for who changes what is in it.
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

// choose names the backend that holds the long-lived keys: the one that the
// settings name, unopened, else the first that opens.
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
			return "", err // it is there, and the keys may be in it
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

// open opens a backend once and remembers the outcome, so that one that does not
// answer costs its time limit once.
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
	case "file", "keyctl": // are a few system calls, and starting a goroutine takes as long
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

// waiting tells that a keystore is waited for that asks nothing on the terminal.
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

// worksHere is advice for a person who named a keystore that does not work.
func worksHere() string {
	return "backends that work here: " + strings.Join(automatic(runtime.GOOS), ", ")
}
