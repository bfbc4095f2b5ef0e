package cmd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"awsvault/cmd/front"
	"awsvault/internal/browser"
	"awsvault/internal/fault"
	"awsvault/internal/mfa"
	"awsvault/internal/resolve"
	"awsvault/internal/tty"
	"awsvault/internal/vault"
)

// terminal is the person at the terminal. Where there is no terminal, each question
// says so.
type terminal struct {
	app       *App
	noBrowser bool // the address of a sign-in is shown only
}

// Asks is true: where there is no terminal, the question says so.
func (terminal) Asks() bool { return true }

// Secret asks.
func (t terminal) Secret(ctx context.Context, q vault.SecretQuestion) (string, error) {
	term, err := t.app.terminal()
	if err != nil {
		return "", q.Unasked
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
func (t terminal) Code(ctx context.Context, q vault.MFARequest) (vault.MFACode, error) {
	a := t.app
	s := mfa.Settings{Name: a.globals.Prompt, Env: a.Getenv, Look: exec.LookPath, Environ: a.withTerminal(a.ToolEnviron()), OS: runtime.GOOS}
	if term, err := a.terminal(); err == nil {
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
		// It would print the same code again.
		if err := a.session().NextCode(ctx, q.Refused); err != nil {
			return vault.MFACode{}, err
		}
	}
	code, err := driver.Code(ctx, mfa.Request{Serial: q.Serial, Profile: q.Profile, Stderr: a.Stderr})
	return vault.MFACode{Text: code, Retry: true}, err
}

// asked is the terminal as a driver.
type asked struct {
	t       *tty.TTY
	refused error
}

// Code asks. What is typed may be no code: vault says so, and asks again.
func (a asked) Code(ctx context.Context, r mfa.Request) (string, error) {
	if a.refused != nil {
		a.t.Print("  " + front.Printable(vault.WhyAnotherCode(a.refused)) + "\n")
	}
	return a.t.Ask(ctx, mfa.Question(r)+": ")
}

// SignIn shows the page, and opens it where this machine has a browser. Without a
// terminal the page is shown on stderr, if that will do.
func (t terminal) SignIn(way resolve.SignInWay) *vault.SignIn {
	a := t.app
	show := a.Say
	if term, err := a.terminal(); err == nil {
		show = func(line string) { term.Print(line + "\n") }
	} else if way != resolve.InBrowser {
		return nil
	}
	if way == resolve.Never {
		return nil
	}
	w := a.browsers()
	choice := browser.Choice{Name: a.Getenv("AWS_VAULT_BROWSER")}
	in := &vault.SignIn{Anybody: w.WSL}
	if _, err := w.Open(choice, "https://example.com/"); err != nil || w.Remote() {
		in.DeviceCode = true
	} else if !t.noBrowser {
		// They have been shown the address, so that a failure needs no word.
		in.Open = a.delivery(choice).Open
	}
	in.Show = func(session, page, code string) {
		show("Sign in to " + front.Printable(session) + ":")
		show("  " + page)
		if code != "" {
			show("Check that the page shows  " + code)
		}
	}
	return in
}

// Streams lets a program talk to the person.
func (t terminal) Streams() vault.Streams {
	return vault.Streams{In: os.Stdin, Err: t.app.Stderr, Together: t.app.canAsk()}
}

// Say shows the line.
func (t terminal) Say(line string) { t.app.Say(line) }

// Done shows the line, with a mark.
func (t terminal) Done(line string) { t.app.Say(t.app.OK() + "  " + line) }

// Confirm asks.
func (t terminal) Confirm(ctx context.Context, q vault.Question) (bool, error) {
	term, err := t.app.terminal()
	if err != nil {
		return false, q.Unasked
	}
	if q.Word == "" {
		return term.Confirm(ctx, q.Text, q.Yes)
	}
	answer, err := term.Ask(ctx, q.Text+": ")
	return strings.TrimSpace(answer) == q.Word, err
}

// Waiting says why nothing happens.
func (t terminal) Waiting(doing string) {
	t.app.Say(fmt.Sprintf("vault: another shell is %s; waiting for it (Ctrl-C ends this)", doing))
}

func (a *App) browsers() browser.World {
	return browser.World{
		GOOS: runtime.GOOS, Getenv: a.Getenv, Look: exec.LookPath,
		WSL: runtime.GOOS == "linux" && (a.Getenv("WSL_DISTRO_NAME") != "" || a.Getenv("WSL_INTEROP") != ""),
	}
}
