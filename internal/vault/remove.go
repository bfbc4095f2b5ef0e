package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Remove deletes the stored key of a profile, and the sessions made with it.
type Remove struct {
	Session *Session
	Keeper  RotationKeeper
	Profile string
	Force   bool // ask nothing
	// Ask asks the person; nil without a terminal. It returns an empty text if there is no
	// answer.
	Ask func(ctx context.Context, question string) (string, error)
}

// Sessions deletes only the sessions.
func (r Remove) Sessions(ctx context.Context) error {
	n, err := r.Keeper.RemoveSessions(ctx, r.Profile)
	if err != nil {
		return err
	}
	r.Session.person.Done(fmt.Sprintf("deleted %s of %s", line.Count(n, "session"), r.Profile))
	return nil
}

// Run asks and deletes.
func (r Remove) Run(ctx context.Context) error {
	stored, err := r.Keeper.Has(ctx, r.Profile)
	switch {
	case err != nil:
		return err
	case !stored:
		return fault.Hinted(fmt.Errorf("there is no stored key for %q", r.Profile), r.others(ctx))
	}
	if yes, err := r.agreed(ctx); err != nil || !yes {
		return err
	}
	if err := r.Keeper.RemoveKeys(ctx, r.Profile); err != nil {
		return err
	}
	done := "deleted the key of " + r.Profile
	switch n, err := r.Keeper.RemoveSessions(ctx, r.Profile); {
	case err != nil:
		r.Session.Warn(fmt.Errorf("its sessions: %w", err))
	case n > 0:
		done += " and " + line.Count(n, "session")
	}
	r.Session.person.Done(done)
	if unfinished, err := r.Keeper.Rotations(ctx); err == nil && slices.Contains(unfinished, r.Profile) {
		if err := r.Keeper.RemoveRotation(ctx, r.Profile); err != nil {
			return err
		}
		r.Session.Warn(errors.New("vault forgot its unfinished rotation: the user may have two keys at AWS"))
	}
	return nil
}

// agreed asks in aws-vault's words, which scripts answer.
func (r Remove) agreed(ctx context.Context) (bool, error) {
	if r.Force {
		return true, nil
	}
	if r.Ask == nil {
		return false, fault.NewPerson("remove asks before it deletes, and there is no terminal to ask on", "--force deletes without a question")
	}
	answer, err := r.Ask(ctx, fmt.Sprintf("Delete credentials for profile %q? (y|N) ", line.Printable(r.Profile)))
	yes := strings.ToLower(strings.TrimSpace(answer))
	return yes == "y" || yes == "yes", err
}

// others lists the stored keys, for a hint.
func (r Remove) others(ctx context.Context) string {
	names, err := r.Keeper.Names(ctx)
	if err != nil || len(names) == 0 || len(names) > 5 {
		return "vault list --credentials   shows the names"
	}
	return "stored are " + strings.Join(names, ", ")
}
