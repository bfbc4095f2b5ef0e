// Package renew decides when and how a shell's credentials are renewed, and what the user
// is told.
//
// It is pure: [Next] looks at what a prompt has found out and says what to do. It does not
// know how credentials are obtained, where a session is cached, how a process is started,
// or what a hook is.
package renew

import (
	"fmt"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Life is that of the credentials in a shell.
type Life struct {
	Profile  string
	Expires  time.Time     // zero: never
	Lifetime time.Duration // from when they were given out
}

const (
	// soon is when a prompt looks whether a renewal in the background is done.
	soon = 2 * time.Second
	// A failure leads to another try after firstPause, then after twice as long, and
	// so on to longestPause.
	firstPause   = 30 * time.Second
	longestPause = 10 * time.Minute
	// Patience is how long a prompt waits for AWS once the credentials have
	// expired. Before that it does not wait at all.
	Patience = 10 * time.Second
)

// Window is how long before their end credentials are renewed: a tenth of their
// lifetime, at least 5 minutes, at most 15.
func Window(lifetime time.Duration) time.Duration {
	return min(max(lifetime/10, 5*time.Minute), 15*time.Minute)
}

// Deadline is when they are due; zero: never.
func (l Life) Deadline() time.Time {
	if l.Expires.IsZero() {
		return time.Time{}
	}
	return l.Expires.Add(-Window(l.Lifetime))
}

// Due says that they are to be renewed.
func (l Life) Due(now time.Time) bool { return !l.Expires.IsZero() && !now.Before(l.Deadline()) }

// Expired says that they are of no use any more.
func (l Life) Expired(now time.Time) bool { return !l.Expires.IsZero() && !l.Expires.After(now) }

// Record is what a shell remembers from one prompt to the next.
type Record struct {
	Failures int  // renewals in a row that failed
	Started  bool // a renewal in the background has been started, by this shell or another
	Person   bool // the person has been told that they are needed
}

// Facts are what a prompt has found out.
type Facts struct {
	Better bool // a session that ends later is in the cache
	// Trouble: the way to credentials, or the cache, cannot be read.
	Trouble error
	Person  bool // only a person could get other credentials

	Running bool // a process in the background is getting a session
	Begun   bool // one was started, and has not said how it went
	// Failure is how the last one failed. Recent says of Begun that the process may still
	// be on its way to the lock, and of Failure that it is only seconds old, so that it
	// counts for a shell that did not start it.
	Failure error
	Recent  bool
}

// Do is what a prompt does.
type Do uint8

const (
	Wait  Do = iota // show the prompt, look again at the deadline
	Take            // take the session from the cache
	Get             // get one now: the person waits for it, for Patience at most
	Start           // start a process in the background
)

// String names it in tests.
func (d Do) String() string { return [...]string{"wait", "take", "get", "start"}[d] }

// Action is what a prompt does, remembers, and says.
type Action struct {
	Do       Do
	Record   Record
	Deadline time.Time // of the next call, unless new credentials are there
	Say      string    // a line for the person, or nothing
}

// Next decides at a prompt at which the credentials are due.
func Next(now time.Time, l Life, r Record, f Facts) Action {
	started := r
	started.Started = true
	look := Action{Do: Wait, Record: started, Deadline: now.Add(soon)}
	switch {
	case f.Better:
		return Action{Do: Take, Record: r}
	case f.Trouble != nil:
		return Failed(now, l, r, f.Trouble)
	case f.Person:
		// What can only be asked of a person is not tried: neither in a process of
		// its own, nor by waiting for another shell in which the question is open.
		return Failed(now, l, r, fault.NewPerson("needs input: an MFA code, a sign-in or a passphrase", ""))
	case l.Expired(now):
		return Action{Do: Get, Record: r}
	case f.Running, f.Begun && f.Recent:
		return look
	case f.Failure != nil && (r.Started || f.Recent):
		return Failed(now, l, r, f.Failure)
	case r.Started:
		return Failed(now, l, r, fault.New("the renewal in the background ended early", ""))
	}
	look.Do = Start
	return look
}

// Failed is what follows a renewal that failed: the person is told once, and the
// next try is later each time.
func Failed(now time.Time, l Life, r Record, err error) Action {
	person := fault.KindOf(err) == fault.Person
	news := r.Failures == 0 || person && !r.Person
	a := Action{Record: Record{Failures: r.Failures + 1, Person: r.Person || person}}
	a.Deadline = now.Add(pause(a.Record.Failures))
	if person { // who may answer in another shell, and then go on in this one
		a.Deadline = now.Add(firstPause)
	}
	// Before the end comes, look once more; afterwards only now and then, for
	// another shell may have got new ones.
	if l.Expires.After(now) && a.Deadline.After(l.Expires) {
		a.Deadline = l.Expires
	}
	if news {
		a.Say = complaint(now, l, a.Record, err)
	}
	return a
}

// Interrupted is what follows a Ctrl-C: the prompt comes, and the next try is not
// at once.
func Interrupted(now time.Time, r Record) Action {
	r.Failures, r.Started = r.Failures+1, false
	return Action{Record: r, Deadline: now.Add(pause(r.Failures))}
}

// pause is how long to wait after so many failures in a row.
func pause(failures int) time.Duration {
	return min(firstPause<<min(max(failures-1, 0), 5), longestPause)
}

func complaint(now time.Time, l Life, r Record, err error) string {
	state := "has expired"
	if left := l.Expires.Sub(now); left > 0 {
		state = "expires in " + line.Rounded(left)
	}
	if r.Person {
		return fmt.Sprintf("vault: %s %s, run vault refresh", l.Profile, state)
	}
	return fmt.Sprintf("vault: %s %s and could not be renewed: %v", l.Profile, state, err)
}

// Later refuses credentials that are no renewal of those that end at than: a prompt
// that took them would ask for new ones again, and again.
func Later(now, expires, than time.Time) error {
	switch {
	case expires.IsZero():
		return nil
	case !expires.After(now):
		return fault.New("the credentials from AWS have already expired, by this machine's clock", "")
	case !expires.After(than):
		return fault.New("the credentials from AWS expire no later", "")
	}
	return nil
}
