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

// Answer holds the credentials of a source, and their owner as far as known.
type Answer struct {
	aws.Credentials
	Account string // 12 digits, or empty
	RoleARN string // the role; empty for a user
	// Life is how long such credentials last when they are new; zero: unknown.
	Life time.Duration
}

// Source gets credentials. It asks no person: if one is needed, its error has the kind
// fault.Person. Only one goroutine at a time calls it.
type Source interface {
	// Credentials gets credentials that expire later than after; the zero time: any that are
	// valid.
	Credentials(ctx context.Context, after time.Time) (Answer, error)
}

// Settings hold what a server takes from outside.
type Settings struct {
	Now func() time.Time
	// Wait waits until d has passed or ctx is done.
	Wait func(ctx context.Context, d time.Duration) error
	// UID is the user whose programs may ask. Root may, too. Negative: all users may.
	UID int
	// Others are more users whose programs may ask.
	Others []int
	// Remote also answers other machines. Their users are unknown, so only the token decides.
	Remote bool
	// MetadataV1 also answers metadata requests without a token.
	MetadataV1 bool
	// Tell is called with a line for the person, once each time that it becomes true. It may
	// be nil.
	Tell func(line string)
	// Seen is called for each answered request. It may be nil.
	Seen func(Entry)
}

// Server handles both protocols. It is safe for concurrent use.
type Server struct {
	settings Settings
	run      context.Context // ends with the server, and stops requests for credentials
	stop     context.CancelFunc

	telling sync.Mutex // one line at a time

	mu       sync.Mutex
	leases   map[string]*lease
	metadata *lease // for the metadata service; nil: none
	tokens   sessions
	wrong    bucket
	log      []Entry
	open     map[int]int // connections, by the peer's user ID
}

// New returns a server without leases. Close ends it.
func New(s Settings) *Server {
	run, stop := context.WithCancel(context.Background())
	return &Server{settings: s, run: run, stop: stop, leases: map[string]*lease{}, tokens: sessions{}, open: map[int]int{}, wrong: bucket{left: wrongAtOnce}}
}

// Close stops all requests for credentials. From then on, the server refuses every request.
func (s *Server) Close() {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.leases)
	s.metadata = nil
}

// tell shows the person a line.
func (s *Server) tell(line string) {
	if s.settings.Tell != nil {
		s.telling.Lock()
		defer s.telling.Unlock()
		s.settings.Tell(line)
	}
}

// now returns the time of the wall clock: the monotonic clock stops while the machine sleeps.
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
