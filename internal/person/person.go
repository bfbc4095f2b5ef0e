// Package person asks the user at the terminal on behalf of sessions: for a passphrase, an
// MFA code or a yes, and to sign in on a page. If the settings name a program, the program
// may answer in the user's place.
//
// It does not know what an answer is for, where the terminal and a browser come from, or
// the environment: callers pass them in.
package person

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"awsvault/internal/browser"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/mfa"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// Asker asks the person questions.
type Asker interface {
	Ask(ctx context.Context, prompt string) (string, error)
	AskSecret(ctx context.Context, prompt string) (string, error)
	Confirm(ctx context.Context, prompt string, yes bool) (bool, error)
	Print(text string)
}

// Terminal is the person at the terminal. Without a terminal, each question fails with its own
// error.
type Terminal struct {
	Open   func() (Asker, error) // returns the terminal, or an error that says why there is none
	Tell   func(text string)     // shows a line, with or without a terminal
	OK     string                // the mark for something done
	Waits  *Waits                // shows what vault waits for; nil: nothing is shown
	Stdin  *os.File
	Stderr io.Writer

	MFA      func() mfa.Settings // without the terminal
	NextCode func(ctx context.Context, refused error) error

	Browsers  browser.World
	Browser   string // the chosen one; empty: the default
	NoBrowser bool   // only show the address of a sign-in
	Delivery  func(browser.Choice) browser.Delivery
}

// Wait shows what vault waits for.
func (t Terminal) Wait(what string, until time.Time) (done func()) { return t.Waits.For(what, until) }

// Run shows which program vault waits for.
func (t Terminal) Run(p vault.Program) (done func()) { return t.Waits.Program(p) }

// CanAsk reports whether there is a terminal.
func (t Terminal) CanAsk() bool { _, err := t.Open(); return err == nil }

// Asks returns true: without a terminal, each question fails with its own error.
func (Terminal) Asks() bool { return true }

// Secret asks for a secret.
func (t Terminal) Secret(ctx context.Context, q vault.SecretQuestion) (string, error) {
	term, err := t.Open()
	if err != nil {
		return "", q.Unasked
	}
	defer t.Waits.Hush()()
	for _, line := range q.Before {
		term.Print(line + "\n")
	}
	for {
		first, err := term.AskSecret(ctx, q.Prompt+": ")
		if err != nil || !q.Twice {
			return first, err
		}
		second, err := term.AskSecret(ctx, "Once more: ")
		if err != nil || first == second {
			return first, err
		}
		term.Print("They do not match. Try again.\n")
	}
}

// Code asks the program that --prompt names, else the person.
func (t Terminal) Code(ctx context.Context, q vault.MFARequest) (vault.MFACode, error) {
	s := t.MFA()
	if term, err := t.Open(); err == nil {
		s.Terminal = asked{term, q.Refused}
	}
	driver, err := mfa.Choose(s)
	if err != nil && s.Name != "" && !slices.Contains(mfa.Names(), s.Name) {
		err = fault.NewUsage(err.Error(), "")
	}
	if err != nil && (s.Name == "" || s.Name == "terminal") {
		err = vault.NeedsCode(q)
	}
	if err != nil {
		return vault.MFACode{}, err
	}
	if prints := s.Name == "ykman" || s.Name == "pass"; prints && q.Refused != nil {
		// The program would print the same code again.
		if err := t.NextCode(ctx, q.Refused); err != nil {
			return vault.MFACode{}, err
		}
	}
	if p, ok := driver.(mfa.Program); ok {
		defer t.Waits.Program(vault.Program{What: p.About(), Limit: p.Limit(), Use: vault.HiddenAnswers})()
	} else {
		defer t.Waits.Hush()()
	}
	code, err := driver.Code(ctx, mfa.Request{Serial: q.Serial, Profile: q.Profile, Stderr: t.Waits.Through(t.Stderr)})
	return vault.MFACode{Text: code, Retry: true}, err
}

// ProcessCode returns the code that a profile's mfa_process prints.
func ProcessCode(d mfa.Driver, c vault.MFAProcess, stderr io.Writer) (string, error) {
	waited := vault.Program{What: "the mfa_process of " + c.Request.Profile, Use: vault.AnyUse}
	if p, ok := d.(mfa.Program); ok {
		waited.Limit = p.Limit()
	}
	defer vault.Running(c.Person)(waited)()
	return d.Code(c.Context, mfa.Request{Serial: c.Request.Serial, Profile: c.Request.Profile, Stderr: stderr})
}

// asked is the terminal as an MFA driver.
type asked struct {
	t       Asker
	refused error
}

// Code asks for a code. If the person types something else, vault says so and asks again.
func (a asked) Code(ctx context.Context, r mfa.Request) (string, error) {
	if a.refused != nil {
		a.t.Print("  " + line.Printable(vault.WhyAnotherCode(a.refused)) + "\n")
	}
	return a.t.Ask(ctx, mfa.Question(r)+": ")
}

// SignIn shows the page, and opens it if this machine has a browser. Without a terminal it
// shows the page on stderr, if the setting allows that.
func (t Terminal) SignIn(way resolve.SignInWay) *vault.SignIn {
	show := t.Tell
	if term, err := t.Open(); err == nil {
		show = func(text string) { term.Print(text + "\n") }
	} else if way != resolve.InBrowser {
		return nil
	}
	if way == resolve.Never {
		return nil
	}
	w, choice := t.Browsers, browser.Choice{Name: t.Browser}
	in := &vault.SignIn{Anybody: w.WSL}
	if _, err := w.Open(choice, "https://example.com/"); err != nil || w.Remote() {
		in.DeviceCode = true
	} else if !t.NoBrowser {
		// The person has seen the address, so a failure needs no message.
		in.Open = t.Delivery(choice).Open
	}
	in.Show = func(session, page, code string) {
		show("Sign in to " + line.Printable(session) + ":")
		show("  " + page)
		if code != "" {
			show("Check that the page shows  " + code)
		}
	}
	return in
}

// Streams lets a program talk to the person.
func (t Terminal) Streams() vault.Streams {
	return vault.Streams{In: t.Stdin, Err: t.Waits.Through(t.Stderr), Together: t.CanAsk()}
}

// Say shows the line.
func (t Terminal) Say(text string) { t.Tell(text) }

// Done shows the line, with a mark.
func (t Terminal) Done(text string) { t.Tell(t.OK + "  " + text) }

// Confirm asks for yes or no, or for a word.
func (t Terminal) Confirm(ctx context.Context, q vault.Question) (bool, error) {
	term, err := t.Open()
	if err != nil {
		return false, q.Unasked
	}
	defer t.Waits.Hush()()
	if q.Word == "" {
		return term.Confirm(ctx, q.Text, q.Yes)
	}
	answer, err := term.Ask(ctx, q.Text+": ")
	return strings.TrimSpace(answer) == q.Word, err
}

// Waiting says why nothing happens.
func (t Terminal) Waiting(doing string) {
	t.Tell(fmt.Sprintf("vault: another shell is %s; waiting for it (Ctrl-C ends this)", doing))
}
