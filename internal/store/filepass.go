package store

import (
	"context"
	"errors"
	"fmt"
)

// tries is how often a person may type a passphrase.
const tries = 3

// tries calls do with the passphrase, and asks for it first if it is not known. A person who
// mistypes it is asked again.
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

// answer asks for the passphrase, once in the life of the process.
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

// prove gets a passphrase for writing: a new one for an empty directory, else one that opens
// at least one item. Otherwise, a mistyped passphrase would create a second keystore in the
// same directory. (At least one, because aws-vault allows a separate passphrase for each
// item.)
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

// opensOne checks that the passphrase opens one of the items.
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
		return wrongPassphrase(f.dir)
	}
	return nil // none of the files is a valid item
}

// introduction tells the person what to know before choosing the first passphrase.
func (f *fileStore) introduction() string {
	why := "no other keystore works here."
	if f.chosen {
		why = "you chose it."
	}
	return "Your keys go into the encrypted file keystore: " + why + "\n" +
		"Its passphrase protects them: without it, the files are useless.\n" +
		"It cannot be recovered. If you forget it, you have to add the keys again."
}
