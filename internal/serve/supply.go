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
	// hold is how long a request waits for credentials: the strictest SDKs wait two seconds
	// for an answer.
	hold = 1800 * time.Millisecond
	// ample is how long delivered credentials should still last. botocore asks again for each
	// signature when less than 15 minutes are left.
	ample = 16 * time.Minute
	// patience is how long a request for credentials may take.
	patience = time.Minute
	// These constants say how long a failure counts before the source is asked again.
	refusalCounts = 30 * time.Second // many retries then cost only one call
	personCounts  = 5 * time.Second  // short, because the person may solve the problem elsewhere
	firstPause    = time.Second      // then twice as long each time
	longestPause  = 30 * time.Second
)

var (
	errRenewing = &fault.Error{Text: "the credentials are being renewed: try again"}
	// ErrNoRole is returned by Role for an ARN that programs may not ask for.
	ErrNoRole       = errors.New("that role cannot be asked for here")
	errTooManyRoles = errors.New("too many roles were asked for")
	errForever      = errors.New("its keys do not expire, and a server hands out sessions only")
	errLeft         = errors.New("this lease has ended")
	errOff          = errors.New("it was switched off in its shell")
	errExpired      = errors.New("the new credentials have already expired")
	errNoLonger     = errors.New("the new credentials expire no later than the old ones")
)

// supply keeps the credentials of one source fresh, and asks the source one request at a time.
type supply struct {
	server *Server
	name   string
	source Source

	mu       sync.Mutex
	have     Answer
	life     time.Duration // of have, when it was delivered
	failure  error         // why the last try failed; nil: it succeeded
	until    time.Time     // when the failure no longer counts
	failures int           // failures in a row
	told     bool          // the person knows that vault needs them
	flight   chan struct{} // closed when the current request ends; nil: there is none
}

// window is how long before their expiry credentials are renewed: 16 minutes or a tenth of
// their life, but at most half of it.
func window(life time.Duration) time.Duration { return min(max(ample, life/10), life/2) }

// get returns the credentials in memory while they are valid. If there are none, it waits for
// new ones for a while. idle means that no new ones are requested.
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

// look returns valid credentials from memory, and starts a request for new ones when they are
// due. Without credentials, it returns the channel of the current request, or an error.
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

// due returns when to request credentials; the zero time: now.
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

// renew starts a request for credentials, if they are due and no request is under way.
func (s *supply) renew(now time.Time) {
	// If the clock was set back, a failure must not count for hours.
	if s.failure != nil && s.until.Sub(now) > longestPause {
		s.until = now
	}
	if s.flight == nil && !s.due().After(now) {
		s.start(now)
	}
}

// start starts a request for new credentials.
func (s *supply) start(now time.Time) {
	s.flight = make(chan struct{})
	after := time.Time{}
	if s.have.Expires.After(now) {
		after = s.have.Expires
	}
	go s.ask(after)
}

// ask asks the source once, and stores the result.
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

// keep stores the result of the source: credentials that expire later than after, or an error.
// Valid credentials stay until they expire.
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
		if after.IsZero() { // it may come from a cache, and be older
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
	case err == errNoLonger: // try again after a quarter of the remaining time
		pause = min(max(s.have.Expires.Sub(now)/4, firstPause), longestPause)
	}
	s.until = now.Add(pause)
}

// need returns a line that says what the person has to do, and how much time is left.
func (s *supply) need(now time.Time) string {
	if left := s.have.Expires.Sub(now); left > 0 {
		return line.Printable(s.name) + " expires in " + line.Rounded(left) + ": " + needed("", s.failure)
	}
	return needed(s.name, s.failure)
}

// needed turns an error into a sentence that says what the person has to do. A server asks no
// questions, so the sentence ends with a command for another terminal. It begins with name,
// unless the error contains that.
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

// NeedsPerson reports whether only a person can get the credentials.
func NeedsPerson(err error) bool { return fault.KindOf(err) == fault.Person }

// refused reports whether AWS refused the call, and would refuse it again.
func refused(err error) bool {
	e, r := (*awsapi.Error)(nil), (*refusal)(nil)
	if errors.As(err, &r) {
		return true
	}
	return errors.As(err, &e) && e.Code != "" && e.Status >= 400 && e.Status < 500 && !e.Throttled()
}

// Tend keeps all credentials fresh until ctx is done, so that programs which ask at the last
// moment get fresh ones. It checks every half minute, because timers stop while the machine
// sleeps.
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

// tend renews credentials that are due, and returns how long nothing will be due. It does not
// request credentials that no program has asked for.
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
