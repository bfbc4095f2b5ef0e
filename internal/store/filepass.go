package store

import (
	"context"
	"errors"
	"fmt"
)

// tries is how often a person may mistype a passphrase.
const tries = 3

// tries does something with the passphrase, which is asked for if it is not at hand. A
// person who mistypes it is asked again.
func (f *fileStore) tries(ctx context.Context, do func() error) error {
	prompt := f.prompt()
	for try := 1; ; try++ {
		if err := f.answer(ctx, f.ask, prompt); err != nil {
			return err
		}
		err := do()
		if !errors.Is(err, ErrPassphrase) || f.asked || !f.types || try == tries {
			return err
		}
		prompt = fmt.Sprintf("Wrong passphrase (%d of %d). Try again.\n%s", try, tries, f.prompt())
	}
}

func (f *fileStore) prompt() string { return "Passphrase for " + f.dir }

// answer has a passphrase at hand, asking for it once in the process's life.
func (f *fileStore) answer(ctx context.Context, ask func(context.Context, string) (string, error), prompt string) error {
	if f.asked {
		return nil
	}
	if ask == nil {
		return locked("file", "set AWS_VAULT_FILE_PASSPHRASE to give its passphrase")
	}
	passphrase, err := ask(ctx, prompt)
	if err != nil {
		return err
	}
	f.passphrase, f.asked = passphrase, true
	return nil
}

// prove has a passphrase for writing: a new one in an empty directory, else one
// that opens at least one item. Otherwise a slip of the finger would found a
// second keystore in the same directory. (At least one, since aws-vault lets each
// item have its own.)
func (f *fileStore) prove(ctx context.Context) error {
	if f.proved {
		return nil
	}
	items, err := f.keys(ctx)
	if err != nil {
		return err
	}
	if len(items) > 0 {
		return f.tries(ctx, func() error { return f.opensOne(items) })
	}
	ask := f.askNew
	if ask == nil {
		ask = f.ask
	}
	return f.answer(ctx, ask, f.introduction()+"\nNew passphrase for "+f.dir)
}

// opensOne tells whether the passphrase opens one of the items.
func (f *fileStore) opensOne(items []string) error {
	wrong := false
	for _, item := range items {
		_, err := f.read(item)
		if err == nil {
			return nil
		}
		wrong = wrong || errors.Is(err, ErrPassphrase)
	}
	if wrong {
		f.asked = false
		return wrongPassphrase(f.dir, "")
	}
	return nil // nothing there is an item
}

// introduction says what a person has to know who chooses the first passphrase.
func (f *fileStore) introduction() string {
	why := "no other keystore works here."
	if f.chosen {
		why = "you chose it."
	}
	return "Your keys go into the encrypted file keystore: " + why + "\n" +
		"Its passphrase protects them: without it, the files are of no use.\n" +
		"It cannot be recovered. If you forget it, you have to add the keys again."
}
