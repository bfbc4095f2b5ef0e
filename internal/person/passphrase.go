package person

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/process"
	"awsvault/internal/vault"
)

// Passphrases provides the passphrases of the file keystore, on behalf of a person.
type Passphrases struct {
	Person  vault.Person
	GOOS    string
	Home    string                               // shown as ~
	Lookup  func(name string) (string, bool)     // looks up a variable
	Environ func(program string) (vars []string) // the environment of a program that the settings name
}

// passphraseCommand names a program that prints the passphrase of the file keystore, such as
// the helper of another keystore.
const passphraseCommand = env.FilePassphraseCommand

// These are the limits of a passphrase program: its output in bytes, and its time, in which a
// person may have to touch something.
const (
	passphraseLimit   = 4 << 10
	passphraseTimeout = time.Minute
)

// given returns the passphrase of the file keystore if that needs no question:
// AWS_VAULT_FILE_PASSPHRASE, even if empty, else the program's output.
func (q Passphrases) given(ctx context.Context) (passphrase string, given bool, err error) {
	if p, ok := q.Lookup(env.FilePassphrase); ok {
		return p, true, nil
	}
	line, _ := q.Lookup(passphraseCommand)
	if line == "" {
		return "", false, nil
	}
	args, err := process.SplitOn(q.GOOS, line)
	if err != nil || len(args) == 0 {
		return "", true, fmt.Errorf("%s is not a command line", passphraseCommand)
	}
	program := process.Program{Args: args, Environ: q.Environ(args[0]), Limit: passphraseLimit, Timeout: passphraseTimeout}
	if streams := q.Person.Streams(); streams.Together {
		program.Stdin, program.Stderr, program.Together = streams.In, streams.Err, true
	}
	waited := vault.Program{What: filepath.Base(args[0]) + ", which prints the passphrase", Limit: passphraseTimeout}
	if program.Together {
		waited.Use = vault.AnyUse
	}
	done := vault.Running(q.Person)(waited)
	passphrase, err = process.Line(ctx, program)
	done()
	switch {
	case errors.Is(err, process.ErrNotOneLine):
		err = fmt.Errorf("%s must print the passphrase and nothing else, on one line", passphraseCommand)
	case err != nil:
		err = fmt.Errorf("%s: %w", passphraseCommand, err)
	}
	return passphrase, true, err
}

// Stored returns the passphrase of an existing keystore: the given one, else the person's
// answer.
func (q Passphrases) Stored(ctx context.Context, prompt string) (string, error) {
	if p, given, err := q.given(ctx); given {
		return p, err
	}
	return q.ask(ctx, prompt, false)
}

// Chosen returns a passphrase that is about to be used for the first time. A person types it
// twice.
func (q Passphrases) Chosen(ctx context.Context, prompt string) (string, error) {
	if p, given, err := q.given(ctx); given {
		return p, err
	}
	return q.Other(ctx, prompt)
}

// Other asks for a passphrase that replaces the present one, and ignores the given one.
func (q Passphrases) Other(ctx context.Context, prompt string) (string, error) {
	return q.ask(ctx, prompt, true)
}

// ask shows the prompt's lines, the last of which is the question.
func (q Passphrases) ask(ctx context.Context, prompt string, twice bool) (string, error) {
	if separator := string(filepath.Separator); q.Home != "" {
		prompt = strings.ReplaceAll(prompt, q.Home+separator, "~"+separator)
	}
	lines := strings.Split(prompt, "\n")
	last := len(lines) - 1
	return q.Person.Secret(ctx, vault.SecretQuestion{Before: lines[:last], Prompt: lines[last], Twice: twice,
		Unasked: fault.NewPerson("the keystore needs its passphrase, and there is no terminal to ask on", "set AWS_VAULT_FILE_PASSPHRASE, or run it in a terminal")})
}

// Token returns a token of 1Password: the first variable that is set, else the person's
// answer, for which it asks once.
func Token(p vault.Person, getenv func(name string) string, what string, variables ...string) func(context.Context, bool) (string, error) {
	var answer string
	return func(ctx context.Context, ask bool) (string, error) {
		for _, name := range variables {
			if token := getenv(name); token != "" {
				return token, nil
			}
		}
		if answer != "" {
			return answer, nil
		}
		unasked := fault.NewPerson("the keystore wants the "+what+", and there is no terminal to ask on", "set "+variables[0]+", or run it in a terminal")
		if !ask {
			return "", unasked
		}
		var err error
		answer, err = p.Secret(ctx, vault.SecretQuestion{Prompt: what, Unasked: unasked})
		return answer, err
	}
}
