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

// Person is the person at a terminal for whom a session acts, or [Nobody].
type Person interface {
	// Asks reports whether questions reach a person. Without a terminal, each question fails
	// with its own error.
	Asks() bool
	// Secret asks for a text that is not shown while it is typed.
	Secret(ctx context.Context, q SecretQuestion) (string, error)
	// Code asks for the MFA code of a device, or fails as Nobody does.
	Code(ctx context.Context, q MFARequest) (MFACode, error)
	// SignIn returns how the person signs in on a web page; nil if they cannot, or not that
	// way.
	SignIn(way resolve.SignInWay) *SignIn
	// Streams returns the streams for programs that may talk to the person.
	Streams() Streams
	// Say shows a line.
	Say(line string)
	// Done shows that something is done, with a mark.
	Done(line string)
	// Confirm asks for yes or no. If no person can answer, it returns q.Unasked.
	Confirm(ctx context.Context, q Question) (bool, error)
	// Waiting is called when another process has kept vault waiting for a while.
	Waiting(doing string)
}

// Waiting returns a function that tells the person what vault waits for, until done is called.
// If the person wants no such lines, as with a server or a program, the function does nothing.
// until is the expected end; the zero time: unknown.
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

const (
	NoTerminal    Use = iota // it has no terminal
	HiddenAnswers            // it may ask for a secret, as pinentry and age do
	AnyUse                   // anything: the person's own settings name the program
)

// Program describes a program that vault waits for.
type Program struct {
	What  string        // its name for the person
	Limit time.Duration // zero: none
	Use   Use
}

// Running returns a function that tells the person which program vault waits for, until done
// is called. Like the function of Waiting, it may do nothing.
func Running(p Person) func(Program) (done func()) {
	if shown, ok := p.(interface{ Run(Program) (done func()) }); ok {
		return shown.Run
	}
	return func(Program) func() { return func() {} }
}

// Question asks for yes or no.
type Question struct {
	Text    string
	Yes     bool   // Enter means yes
	Word    string // the word to type for yes, instead of y
	Unasked error  // the error where there is no terminal to ask on
}

// SecretQuestion asks for a passphrase or a token.
type SecretQuestion struct {
	Before  []string // lines to show first
	Prompt  string   // without a colon
	Twice   bool     // a new secret, which must be typed twice
	Unasked error    // the error where there is no terminal to ask on
}

// SignIn says how a person signs in on a web page.
type SignIn struct {
	// DeviceCode means: only with a code, in a browser on another machine.
	DeviceCode bool
	// Open opens the page in the person's browser, and hides the address from other users. If
	// it is nil, the person opens the page. done is called after the sign-in.
	Open func(page string) (done func())
	// Anybody means that any user of this machine may send the browser's answer.
	Anybody bool
	// Show shows the address of the page, and the code that the page must show, if any.
	Show func(session, page, code string)
}

// Streams connect a program with a person. The zero value connects it with none.
type Streams struct {
	In  *os.File
	Err io.Writer
	// Together means that the program may read the terminal, so it stays in our process group.
	Together bool
}

// Nobody acts for prompts, directories, renewals and servers. It answers no question, so none
// of them can hang on one.
type Nobody struct {
	Tell func(line string) // nil: lines are dropped
}

func (Nobody) Asks() bool { return false }

func (Nobody) Secret(_ context.Context, q SecretQuestion) (string, error) { return "", q.Unasked }

// Code fails: only a person at a terminal has a code.
func (Nobody) Code(_ context.Context, q MFARequest) (MFACode, error) { return MFACode{}, NeedsCode(q) }

func (Nobody) SignIn(resolve.SignInWay) *SignIn { return nil }

func (Nobody) Streams() Streams { return Streams{} }

// Say tells the line.
func (n Nobody) Say(line string) {
	if n.Tell != nil {
		n.Tell(line)
	}
}

// Done tells the line.
func (n Nobody) Done(line string) { n.Say("vault: " + line) }

// Confirm fails.
func (Nobody) Confirm(_ context.Context, q Question) (bool, error) { return false, q.Unasked }

// Waiting says nothing: a prompt never waits that long.
func (Nobody) Waiting(string) {}

// NeedsCode reports that an MFA code is needed and no person is there to ask.
func NeedsCode(q MFARequest) error {
	hint := "run it in a terminal, or get the session first: vault exec PROFILE --mfa-token CODE -- true"
	if q.Flag {
		hint = "run it in a terminal, or give the code with --mfa-token"
	}
	return fault.NewPerson(fmt.Sprintf("profile %q needs the MFA code of %s, and there is no terminal to ask for it on", q.Profile, q.Serial), hint)
}
