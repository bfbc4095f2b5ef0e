package follow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/lead"
	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// Refresh renews what is active, with the help of the person. confirm has them confirm a
// protected profile.
func (h Shell) Refresh(ctx context.Context, mfaToken string, confirm func(*vault.Plan) error) error {
	s := h.State
	if !s.Active() {
		return fault.Hinted(errors.New("no profile is active in this shell"), "vault use PROFILE")
	}
	// Before AWS is asked: the answer could not be used.
	if err := env.Untouched(h.vars(), s); err != nil {
		return err
	}
	if s.About.Via == env.ViaProfile {
		return fault.Hinted(fmt.Errorf("%s is active by AWS_PROFILE: programs get their credentials themselves", s.Profile), "vault use "+line.Word(s.Profile)+" --via env")
	}
	w := vault.Again(s)
	w.MFAToken = mfaToken
	// Longer than what is here: a session that another shell has renewed will do,
	// and an MFA session that still lives spares the code.
	if expires := h.Expires(); !expires.IsZero() {
		w.MinLife = expires.Sub(h.Session.Now()) + time.Minute
	}
	plan, got, err := h.Session.Obtain(ctx, w, confirm, lead.Renewable(s))
	if err != nil {
		return err
	}
	target := plan.Target(got)
	s.About.Protected, s.About.Narrowed, s.About.Agent = plan.Protected, target.About.Narrowed, target.About.Agent
	if s.About.Via == env.ViaServer { // which takes what the person has just made possible
		answer, err := h.Led.Refresh(ctx, s, target)
		if err := h.answer(answer, err); err != nil {
			return err
		}
		target.Credentials = aws.Credentials{Expires: answer.Prompt.Expires}
	} else if err := h.refreshed(s, target, got.Account); err != nil {
		return err
	}
	target.Profile, target.Region = "renewed "+target.Profile, h.Environ["AWS_REGION"]
	h.Hook.Say(h.Hook.Activated(target))
	return nil
}

// refreshed hands the shell credentials that the person has asked for.
func (h Shell) refreshed(s env.State, target env.Target, account string) error {
	key, _ := h.Key() // without one, the new state is a claim
	change, after, err := env.Refresh(h.vars(), s, target.Credentials, account, key)
	if err != nil {
		return err
	}
	return h.Hook.Hand(change, vault.Prompt(after, target.Credentials.Expires))
}
