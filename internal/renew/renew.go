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

// Life describes how long the credentials in a shell last.
type Life struct {
	Profile  string
	Expires  time.Time     // zero: never
	Lifetime time.Duration // from the time when they were issued
}

const (
	// soon is when a prompt checks whether a renewal in the background has finished.
	soon = 2 * time.Second
	// After a failure, the next try comes after firstPause, then after twice as long each
	// time, up to longestPause.
	firstPause   = 30 * time.Second
	longestPause = 10 * time.Minute
	// Patience is how long a prompt waits for AWS if the credentials have expired. Before they
	// expire, a prompt never waits.
	Patience = 10 * time.Second
)

// Window is how long before their expiry credentials are renewed: a tenth of their lifetime,
// but at least 5 minutes and at most 15.
func Window(lifetime time.Duration) time.Duration {
	return min(max(lifetime/10, 5*time.Minute), 15*time.Minute)
}

// Deadline returns when the credentials are due for renewal; zero: never.
func (l Life) Deadline() time.Time {
	if l.Expires.IsZero() {
		return time.Time{}
	}
	return l.Expires.Add(-Window(l.Lifetime))
}

// Due reports whether the credentials are due for renewal.
func (l Life) Due(now time.Time) bool { return !l.Expires.IsZero() && !now.Before(l.Deadline()) }

// Expired reports whether the credentials have expired.
func (l Life) Expired(now time.Time) bool { return !l.Expires.IsZero() && !l.Expires.After(now) }

// Record holds the facts that a shell keeps from one prompt to the next.
type Record struct {
	Failures int  // failed renewals in a row
	Started  bool // this shell or another has started a renewal in the background
	Person   bool // the person has been told that vault needs them
}

// Facts hold what a prompt has found out.
type Facts struct {
	Better bool // the cache has a session that expires later
	// Trouble means that the plan cannot be made, or the cache cannot be read.
	Trouble error
	Person  bool // new credentials need a person

	Running bool // a process in the background is getting a session
	Begun   bool // a process was started and has reported no result
	// Failure is the error of the last renewal. With Begun, Recent means that the process may
	// still be trying to get the lock. With Failure, Recent means that the error is only
	// seconds old, and also counts for shells that did not start the process.
	Failure error
	Recent  bool
}

// Do is the action of a prompt.
type Do uint8

const (
	Wait  Do = iota // show the prompt, and look again at the deadline
	Take            // take the session from the cache
	Get             // get a session now; the person waits for it, at most for Patience
	Start           // start a process in the background
)

// String names it in tests.
func (d Do) String() string { return [...]string{"wait", "take", "get", "start"}[d] }

// Action says what a prompt does, remembers, and shows.
type Action struct {
	Do       Do
	Record   Record
	Deadline time.Time // when to look again, unless there are new credentials
	Say      string    // a line for the person; empty: none
}

// Next decides what a prompt does when the credentials are due.
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
		// If only a person can help, nothing is tried: no process is started, and no prompt
		// waits for another shell in which the question may be open.
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

// Failed returns the action after a failed renewal. The person is told once, and each next try
// comes later.
func Failed(now time.Time, l Life, r Record, err error) Action {
	person := fault.KindOf(err) == fault.Person
	news := r.Failures == 0 || person && !r.Person
	a := Action{Record: Record{Failures: r.Failures + 1, Person: r.Person || person}}
	a.Deadline = now.Add(pause(a.Record.Failures))
	if person { // the person may answer in another shell, and then continue in this one
		a.Deadline = now.Add(firstPause)
	}
	// Try once more at the expiry. Later tries are rare, but another shell may have got new
	// credentials.
	if l.Expires.After(now) && a.Deadline.After(l.Expires) {
		a.Deadline = l.Expires
	}
	if news {
		a.Say = complaint(now, l, a.Record, err)
	}
	return a
}

// Interrupted returns the action after Ctrl-C: the prompt appears at once, and the next try
// comes after a pause.
func Interrupted(now time.Time, r Record) Action {
	r.Failures, r.Started = r.Failures+1, false
	return Action{Record: r, Deadline: now.Add(pause(r.Failures))}
}

// pause returns how long to wait after that many failures in a row.
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

// Later refuses credentials that do not expire later than the old ones, which expire at than.
// A prompt that accepted them would ask for new ones again and again.
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
