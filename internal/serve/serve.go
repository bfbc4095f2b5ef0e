// Package serve gives out credentials over HTTP on the local machine. Programs ask for them
// as in a container (AWS_CONTAINER_CREDENTIALS_FULL_URI), or as on an EC2 instance (version
// 2 of the instance metadata service).
//
// The credentials belong to a lease. The server renews them before they expire, answers
// from memory, and gets them once, however many programs ask. It asks the user nothing: if
// it needs the user, the program gets one sentence that says so.
//
// The package does not know profiles, keystores, shells or the environment: a lease has its
// own [Source], and cmd makes that from a session of internal/vault. The protocols follow
// the Amazon ECS developer guide, "IAM roles for tasks", the EC2 user guide, "Use IMDSv2",
// and the behaviour of the SDKs.
package serve

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"awsvault/internal/aws"
)

// Answer is what a source delivers: credentials, and whose they are as far as known.
type Answer struct {
	aws.Credentials
	Account string // 12 digits, or empty
	RoleARN string // of the role; empty for a user
	// Life is how long such credentials live when they are new; zero: not known.
	Life time.Duration
}

// Source gets credentials. It asks no person: where one is needed, its error is of
// the kind fault.Person. It is called by one goroutine at a time.
type Source interface {
	// Credentials gets some that end after a time; the zero time: any that live.
	Credentials(ctx context.Context, after time.Time) (Answer, error)
}

// Settings are what a server takes from outside.
type Settings struct {
	Now func() time.Time
	// Wait waits until a time has passed or ctx is done.
	Wait func(ctx context.Context, d time.Duration) error
	// UID is the user whose programs may ask, root apart. Negative: it is not compared.
	UID int
	// Others are more users whose programs may ask.
	Others []int
	// Remote answers other machines too. Their user cannot be told, so only the token
	// decides.
	Remote bool
	// MetadataV1 answers metadata requests without a token too.
	MetadataV1 bool
	// Tell hears what a person should know, once each time it becomes true. Nil: nothing.
	Tell func(line string)
	// Seen hears of each request that was answered. Nil: nothing.
	Seen func(Entry)
}

// Server is the handler of both protocols. It is safe for concurrent use.
type Server struct {
	settings Settings
	run      context.Context // ends with the server, and with it what is being got
	stop     context.CancelFunc

	telling sync.Mutex // one line at a time

	mu       sync.Mutex
	leases   map[string]*lease
	metadata *lease // what the metadata service serves; nil: there is none
	tokens   sessions
	wrong    bucket
	log      []Entry
	open     map[int]int // connections, by the peer's uid
}

// New returns a server without leases. Close ends it.
func New(s Settings) *Server {
	run, stop := context.WithCancel(context.Background())
	return &Server{settings: s, run: run, stop: stop, leases: map[string]*lease{}, tokens: sessions{}, open: map[int]int{}, wrong: bucket{left: wrongAtOnce}}
}

// Close ends what is being got. Requests are refused from then on.
func (s *Server) Close() {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.leases)
	s.metadata = nil
}

// tell tells the person a line.
func (s *Server) tell(line string) {
	if s.settings.Tell != nil {
		s.telling.Lock()
		defer s.telling.Unlock()
		s.settings.Tell(line)
	}
}

// now is the time of the wall clock: the other one stands still while the machine sleeps.
func (s *Server) now() time.Time { return s.settings.Now().Round(0) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := s.now()
	out, e := s.answer(r)
	out.write(w)
	e.At, e.Took, e.Status, e.Why = begun, s.now().Sub(begun), out.status, out.why
	s.note(e)
}

func (s *Server) answer(r *http.Request) (reply, Entry) {
	peer := peerOf(r)
	e := Entry{Peer: peer}
	if no := s.check(r, peer); no != nil {
		return *no, e
	}
	if r.URL.Path == "/health" {
		return text(http.StatusOK, "ok\n"), e
	}
	if peer.Unix {
		return s.answerNamed(r, &e), e
	}
	if strings.HasPrefix(r.URL.Path, "/latest/") || r.URL.Path == "/latest" {
		return s.answerMetadata(r, &e), e
	}
	return s.answerContainer(r, &e), e
}
