package cmd

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/fault"
	"awsvault/internal/process"
	"awsvault/internal/vault"
)

// passphrases are those of the file keystore, on behalf of a person.
type passphrases struct {
	app    *App
	person vault.Person
}

// passphraseCommand names a program that prints the passphrase of the file
// keystore, such as the helper of another keystore.
const passphraseCommand = front.FilePassphraseCommand

// What a passphrase program may print, in bytes, and how long it may take: a
// person may have to touch something.
const (
	passphraseLimit   = 4 << 10
	passphraseTimeout = time.Minute
)

// given is the passphrase of the file keystore where it takes no question:
// AWS_VAULT_FILE_PASSPHRASE, even if empty, else what the program prints.
func (q passphrases) given(ctx context.Context) (passphrase string, given bool, err error) {
	a := q.app
	if p, ok := a.Environ[front.FilePassphrase]; ok {
		return p, true, nil
	}
	line := a.Getenv(passphraseCommand)
	if line == "" {
		return "", false, nil
	}
	args, err := process.SplitOn(runtime.GOOS, line)
	if err != nil || len(args) == 0 {
		return "", true, fmt.Errorf("%s is not a command line", passphraseCommand)
	}
	program := process.Program{Args: args, Environ: a.withTerminal(a.CommandEnviron(args[0])), Limit: passphraseLimit, Timeout: passphraseTimeout}
	if streams := q.person.Streams(); streams.Together {
		program.Stdin, program.Stderr, program.Together = streams.In, streams.Err, true
	}
	passphrase, err = process.Line(ctx, program)
	switch {
	case errors.Is(err, process.ErrNotOneLine):
		err = fmt.Errorf("%s has to print the passphrase and nothing else, on one line", passphraseCommand)
	case err != nil:
		err = fmt.Errorf("%s: %w", passphraseCommand, err)
	}
	return passphrase, true, err
}

// stored is the passphrase of a keystore that has one: what is given, else what the
// person answers.
func (q passphrases) stored(ctx context.Context, prompt string) (string, error) {
	return q.ask(ctx, prompt, false)
}

// chosen is a passphrase that is about to be used for the first time: a person types
// it twice.
func (q passphrases) chosen(ctx context.Context, prompt string) (string, error) {
	return q.ask(ctx, prompt, true)
}

func (q passphrases) ask(ctx context.Context, prompt string, twice bool) (string, error) {
	if p, given, err := q.given(ctx); given {
		return p, err
	}
	return q.person.Secret(ctx, vault.SecretQuestion{Prompt: prompt, Twice: twice,
		Unasked: fault.NewPerson("the keystore wants its passphrase, and there is no terminal to ask on", "set AWS_VAULT_FILE_PASSPHRASE, or run it in a terminal")})
}
