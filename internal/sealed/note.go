package sealed

import (
	"context"
	"errors"
	"slices"

	"awsvault/internal/aws"
)

// maxNotes is how many notes a session can have: more than any user has roles.
const maxNotes = 500

// Note keeps a word with a session, for as long as the session is cached. It returns
// ErrMissing if the session is gone.
func (c *Cache) Note(ctx context.Context, k aws.SessionKey, word string) error {
	unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	info, data, err := c.read(c.file(k), &scratch{})
	if err == nil && info.Key != k {
		err = ErrMissing
	}
	if err != nil {
		return err
	}
	_, notes, err := parse(info, data)
	switch {
	case err != nil || slices.Contains(notes, word):
		return err
	case len(notes) >= maxNotes || len(word) > maxText:
		return errors.New("it has too many notes")
	}
	aead, err := c.key(false)
	if err != nil {
		return err
	}
	return c.write(aead, c.file(k), info, appendText(data, word))
}

// Noted reports whether a word is kept with a session.
func (c *Cache) Noted(k aws.SessionKey, word string) bool {
	info, data, err := c.read(c.file(k), &scratch{})
	if err != nil || info.Key != k {
		return false
	}
	_, notes, err := parse(info, data)
	return err == nil && slices.Contains(notes, word)
}
