package vault

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/resolve"
)

// Person is who a session acts for: a person at a terminal, or [Nobody].
type Person interface {
	// Asks says that questions are put to them. Where there is no terminal, each
	// question fails in its own words.
	Asks() bool
	// Secret answers with a text that is not shown while it is typed.
	Secret(ctx context.Context, q SecretQuestion) (string, error)
	// Code answers with the MFA code of a device, or fails as Nobody does.
	Code(ctx context.Context, q MFARequest) (MFACode, error)
	// SignIn is how they sign in on a page; nil if they cannot, or not that way.
	SignIn(way resolve.SignInWay) *SignIn
	// Streams are for programs that may talk to them.
	Streams() Streams
	// Say shows a line.
	Say(line string)
	// Done shows that something is done, with a mark.
	Done(line string)
	// Confirm answers with yes or no; where no one can answer, with q.Unasked.
	Confirm(ctx context.Context, q Question) (bool, error)
	// Waiting is called when another process has been waited for, for a while.
	Waiting(doing string)
}

// Waiting says to a person what is waited for, until the end that done reports, where they
// want to know: who works for many, or for a program, does not. The zero time: how long it
// may take is not known.
func Waiting(p Person) func(what string, until time.Time) (done func()) {
	if shown, ok := p.(interface {
		Wait(what string, until time.Time) (done func())
	}); ok {
		return shown.Wait
	}
	return func(string, time.Time) func() { return func() {} }
}

// Use is what a program may do on the terminal while vault waits for it.
type Use int

// What they may do.
const (
	NoTerminal    Use = iota // nothing: it has none
	HiddenAnswers            // ask for what is not shown, as pinentry and age do
	AnyUse                   // whatever it likes: the person's settings name it
)

// Program is one that is waited for.
type Program struct {
	What  string        // to the person
	Limit time.Duration // zero: none
	Use   Use
}

// Running says to a person which program is waited for, until the end that done reports,
// where Waiting would say it.
func Running(p Person) func(Program) (done func()) {
	if shown, ok := p.(interface{ Run(Program) (done func()) }); ok {
		return shown.Run
	}
	return func(Program) func() { return func() {} }
}

// Question is one that is answered with yes or no.
type Question struct {
	Text    string
	Yes     bool   // what Enter means
	Word    string // must be typed for yes, instead of y
	Unasked error  // the error where there is no terminal to ask on
}

// SecretQuestion asks for a passphrase or a token.
type SecretQuestion struct {
	Before  []string // lines that are shown first
	Prompt  string   // without a colon
	Twice   bool     // it is a new one, which must be typed twice
	Unasked error    // the error where there is no terminal to ask on
}

// SignIn is how a person signs in on a page.
type SignIn struct {
	// DeviceCode: only with a code, in a browser on another machine.
	DeviceCode bool
	// Open opens the page in their browser, in a way that shows other users nothing of
	// its address. Nil: they do it themselves. done is called when they have signed in.
	Open func(page string) (done func())
	// Anybody: the browser's answer may come from any user of this machine.
	Anybody bool
	// Show shows the page, and the code that it must show, if there is one.
	Show func(session, page, code string)
}

// Streams connect a program with a person. The zero value connects it with none.
type Streams struct {
	In  *os.File
	Err io.Writer
	// Together: it may read from the terminal, so it stays in our process group.
	Together bool
}

// Nobody is the person of prompts, directories, renewals and servers. It answers no
// question, so that nothing there can wait for one.
type Nobody struct {
	Tell func(line string) // nil: lines are dropped
}

// Asks is false.
func (Nobody) Asks() bool { return false }

// Secret fails.
func (Nobody) Secret(_ context.Context, q SecretQuestion) (string, error) { return "", q.Unasked }

// Code fails: only a person at a terminal has one.
func (Nobody) Code(_ context.Context, q MFARequest) (MFACode, error) { return MFACode{}, NeedsCode(q) }

// SignIn is nil.
func (Nobody) SignIn(resolve.SignInWay) *SignIn { return nil }

// Streams connects with nothing.
func (Nobody) Streams() Streams { return Streams{} }

// Say tells the line.
func (n Nobody) Say(line string) {
	if n.Tell != nil {
		n.Tell(line)
	}
}

// Done tells the line.
func (n Nobody) Done(line string) { n.Say("vault: " + line) }

// Confirm fails: there is no one to confirm anything.
func (Nobody) Confirm(_ context.Context, q Question) (bool, error) { return false, q.Unasked }

// Waiting says nothing: a prompt waits for no one that long.
func (Nobody) Waiting(string) {}

// NeedsCode says that an MFA code is wanted and that no person can be asked for it.
func NeedsCode(q MFARequest) error {
	hint := "run it in a terminal, or get the session first: vault exec PROFILE --mfa-token CODE -- true"
	if q.Flag {
		hint = "run it in a terminal, or give the code with --mfa-token"
	}
	return fault.NewPerson(fmt.Sprintf("profile %q needs the MFA code of %s, and there is no terminal to ask for it on", q.Profile, q.Serial), hint)
}
