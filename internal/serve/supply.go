package serve

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"awsvault/internal/awsapi"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

const (
	// hold is how long a request waits for credentials: the strictest SDKs wait two
	// seconds for an answer.
	hold = 1800 * time.Millisecond
	// ample is what should be left of what is handed out. botocore asks anew at each
	// signing when less than 15 minutes are left.
	ample = 16 * time.Minute
	// patience is how long getting credentials may take.
	patience = time.Minute
	// How long a failure counts before the source is asked again.
	refusalCounts = 30 * time.Second // a fleet of retries costs one call
	personCounts  = 5 * time.Second  // what the person does elsewhere is noticed soon
	firstPause    = time.Second      // then twice as long, and so on
	longestPause  = 30 * time.Second
)

var (
	errRenewing = &fault.Error{Text: "the credentials are being renewed: try again"}
	// ErrNoRole is a Role's answer to an ARN that may not be asked for.
	ErrNoRole       = errors.New("that role cannot be asked for here")
	errTooManyRoles = errors.New("too many roles were asked for")
	errForever      = errors.New("its keys do not expire, and a server hands out sessions only")
	errLeft         = errors.New("this lease has ended")
	errOff          = errors.New("it was switched off in its shell")
	errExpired      = errors.New("what was delivered has expired already")
	errNoLonger     = errors.New("what was delivered ends no later than what is there")
)

// supply keeps the credentials of one source fresh, and asks it once at a time.
type supply struct {
	server *Server
	name   string
	source Source

	mu       sync.Mutex
	have     Answer
	life     time.Duration // of have, from when it was delivered
	failure  error         // of the last try; nil: it went well
	until    time.Time     // when a failure counts no more
	failures int           // in a row
	told     bool          // the person knows that they are needed
	flight   chan struct{} // closed when what is being got has come; nil: nothing is
}

// window is how much must be left before credentials are renewed: 16 minutes or a
// tenth of their life, and half of it for short lives.
func window(life time.Duration) time.Duration { return min(max(ample, life/10), life/2) }

// get delivers credentials: those in memory while they live. Where there are none it
// waits for new ones, for a while. idle: none are got any more.
func (s *supply) get(idle bool) (Answer, error) {
	timer := time.NewTimer(hold)
	defer timer.Stop()
	for {
		have, flight, err := s.look(idle)
		if flight == nil || have.AccessKeyID != "" {
			return have, err
		}
		select {
		case <-flight:
		case <-timer.C:
			return Answer{}, errRenewing
		}
	}
}

// look gives what is in memory and lives, and starts to get new credentials when they
// are due. Without credentials, what is being got is to be waited for, or the error says
// why there are none.
func (s *supply) look(idle bool) (Answer, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.server.now()
	if !idle {
		s.renew(now)
	}
	switch {
	case s.have.Expires.After(now):
		return s.have, s.flight, nil
	case s.flight != nil:
		return Answer{}, s.flight, nil
	case s.failure != nil:
		return Answer{}, nil, s.failure
	}
	return Answer{}, nil, errLeft
}

// due is when credentials are to be got; the zero time is long ago.
func (s *supply) due() time.Time {
	due := s.have.Expires.Add(-window(s.life))
	if s.have.Expires.IsZero() {
		due = time.Time{}
	}
	if s.failure != nil && s.until.After(due) {
		due = s.until
	}
	return due
}

// renew starts to get credentials, if they are due and are not being got already.
func (s *supply) renew(now time.Time) {
	// A clock that was set back must not let a failure count for hours.
	if s.failure != nil && s.until.Sub(now) > longestPause {
		s.until = now
	}
	if s.flight == nil && !s.due().After(now) {
		s.start(now)
	}
}

// start has new credentials got.
func (s *supply) start(now time.Time) {
	s.flight = make(chan struct{})
	after := time.Time{}
	if s.have.Expires.After(now) {
		after = s.have.Expires
	}
	go s.ask(after)
}

// ask asks the source once, and keeps what it says.
func (s *supply) ask(after time.Time) {
	ctx, cancel := context.WithTimeout(s.server.run, patience)
	defer cancel()
	got, err := s.source.Credentials(ctx, after)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(s.server.now(), after, got, err)
	close(s.flight)
	s.flight = nil
}

// keep takes what the source said: credentials that end after a time, or why there
// are none. What is there is kept while it lives.
func (s *supply) keep(now, after time.Time, got Answer, err error) {
	switch {
	case err != nil:
	case got.Expires.IsZero():
		err = errForever
	case !got.Expires.After(now):
		err = errExpired
	case !got.Expires.After(after):
		err = errNoLonger
	}
	if err == nil {
		s.have, s.life = got, got.Expires.Sub(now)
		if after.IsZero() { // it may come from a cache, and have lived for a while
			s.life = max(s.life, got.Life)
		}
		s.failure, s.failures, s.told = nil, 0, false
		return
	}
	s.failure = err
	s.failures++
	pause := min(firstPause<<min(s.failures-1, 10), longestPause)
	switch {
	case NeedsPerson(err):
		pause = personCounts
		if !s.told {
			s.told = true
			s.server.tell(s.need(now))
		}
	case refused(err):
		pause = refusalCounts
	case err == errNoLonger: // again when a quarter of the rest has gone
		pause = min(max(s.have.Expires.Sub(now)/4, firstPause), longestPause)
	}
	s.until = now.Add(pause)
}

// need says in one line who is needed, and until when it is not too late.
func (s *supply) need(now time.Time) string {
	if left := s.have.Expires.Sub(now); left > 0 {
		return line.Printable(s.name) + " expires in " + line.Rounded(left) + ": " + needed("", s.failure)
	}
	return needed(s.name, s.failure)
}

// needed is what a person has to do of an error that says so, in one sentence. A server asks
// no one, so that it ends with what to type elsewhere. name is said where it is not said
// already.
func needed(name string, err error) string {
	text, asks := fault.WithoutTerminal(line.Printable(err.Error()))
	name = line.Printable(name)
	if name != "" && !strings.Contains(text, strconv.Quote(name)) {
		text = name + ": " + text
	}
	if asks {
		text += "; vault refresh, or vault use, in a terminal asks for it"
	}
	return text
}

// NeedsPerson tells whether only a person could get the credentials.
func NeedsPerson(err error) bool { return fault.KindOf(err) == fault.Person }

// refused tells whether AWS said no, and will say it again.
func refused(err error) bool {
	e, r := (*awsapi.Error)(nil), (*refusal)(nil)
	if errors.As(err, &r) {
		return true
	}
	return errors.As(err, &e) && e.Code != "" && e.Status >= 400 && e.Status < 500 && !e.Throttled()
}

// Tend keeps all credentials fresh until ctx ends, so that programs that come back at
// the last moment find them so. It looks again every half minute, since timers stand
// still while the machine sleeps.
func (s *Server) Tend(ctx context.Context) {
	for {
		pause := tick
		for _, supply := range s.live() {
			pause = min(pause, supply.tend())
		}
		if s.settings.Wait(ctx, max(pause, time.Second)) != nil {
			return
		}
	}
}

const tick = 30 * time.Second

// tend renews what is due, and tells how long nothing will be. What was never asked
// for is not got.
func (s *supply) tend() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.server.now()
	if s.have.AccessKeyID == "" || s.flight != nil {
		return tick
	}
	s.renew(now)
	if s.flight != nil {
		return tick
	}
	return s.due().Sub(now)
}
