package follow

import (
	"context"
	"fmt"
	"time"

	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/lead"
	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// Prompt is a prompt at which something is due. Whatever happens, the answer moves the
// deadline: an error must not cost a process at every prompt.
func (h Shell) Prompt(ctx context.Context) error {
	s := h.State
	if done, err := h.atDirectory(ctx); done || err != nil {
		return err
	}
	if !s.Active() {
		return h.Hook.Apply(nil, env.Prompt{Previous: h.Call.Previous})
	}
	if h.Call.Loader && env.Overlaid(h.vars(), s) && h.onTop(ctx) {
		return nil
	}
	s.About.Protected = h.Session.Protects(s.Profile)
	if s.About.Via == env.ViaServer {
		return h.answer(h.Led.Prompt(ctx, s))
	}
	active := vault.Active{State: s, Expires: h.Expires()}
	p := vault.Prompt(s, active.Expires)
	if !active.Life().Due(h.Session.Now()) {
		return h.Hook.Apply(nil, p) // a new shell, or the clock was set
	}
	if !h.mine() {
		p.Deadline = time.Time{} // they are the user's now
		return h.Hook.Apply(nil, p)
	}
	session := h.Session.Of(s).As(vault.Nobody{Tell: h.Hook.Say})
	got, action := session.RenewAtPrompt(ctx, active, h.Call.Record, h.Start)
	if got != nil {
		return h.renewed(s, *got)
	}
	p.Tries, p.Person, p.Deadline = action.Record.Tries(), action.Record.Person, action.Deadline
	if action.Say != "" {
		h.Hook.Say(action.Say)
	}
	return h.Hook.Apply(nil, p)
}

// onTop sets everything that is active anew, where another hook has changed a part of it.
// It reports whether that could be done; if not, without a person or in time, things stay.
// A state that is only a claim has nothing set: the profile that it names would be
// activated for the first time.
func (h Shell) onTop(ctx context.Context) bool {
	if !h.State.Authentic || !h.mine() {
		return false // the keys are another's now
	}
	target, err := h.Session.Same(ctx, h.State)
	if err != nil {
		return false
	}
	lead.AsNow(h.Environ, h.State, &target)
	change, after, err := env.Use(h.vars(), h.State, h.Call.Kept, target, h.key())
	return err == nil && h.Hook.Apply(change, vault.Prompt(after, target.Credentials.Expires)) == nil
}

// renewed hands the shell new credentials. No one has asked for them, so that a claim
// stays one.
func (h Shell) renewed(s env.State, got vault.Result) error {
	s.About.Narrowed, s.About.Agent = got.Narrowed, got.Agent
	change, after, err := env.Refresh(h.vars(), s, got.Credentials, got.Account, h.key())
	if err != nil {
		return err
	}
	return h.Hook.Hand(change, vault.Prompt(after, got.Expires))
}

// atDirectory makes active what the directory asks for. done reports that there was
// something to do, and that the shell has been told.
func (h Shell) atDirectory(ctx context.Context) (done bool, err error) {
	if h.Files().Known() != nil {
		return false, nil // no home, so nothing that could have been trusted
	}
	d := h.directory()
	move, say := d.Decide(h.State)
	if move == vault.Enter {
		target, err := h.enter(ctx, d.File)
		var told lead.Told
		if err == nil {
			told, err = h.Led.Lead(ctx, &target, h.Via)
		}
		if err == nil {
			return true, h.activate(ctx, target, told)
		}
		move, say = d.Failed(h.State, err)
	}
	if say != nil {
		h.Hook.Say("vault: " + say.Error())
	}
	if move != vault.Leave {
		return false, nil
	}
	return true, h.leave(ctx)
}

// directory finds out what there is in the shell's directory, and stamps it.
func (h Shell) directory() vault.Directory {
	seen := h.Files().Look(h.Call.Dir)
	d := vault.Seen(seen)
	d.Shown, d.Told = h.Tilde(seen.Path), seen.Before && seen.Stamp == h.Call.Stamp
	d.Hand, d.Other = h.Call.Hand, h.Environ["AWS_VAULT"] != ""
	h.Call.Stamp = seen.Stamp
	return d
}

// enter obtains what a trusted file names. Leaving will need a state that is authentic.
func (h Shell) enter(ctx context.Context, f dirprofile.File) (env.Target, error) {
	if _, err := h.Key(); err != nil {
		return env.Target{}, fmt.Errorf("no key can be kept to leave it by: %w", err)
	}
	return h.Session.Enter(ctx, f, h.State, h.Environ)
}

// leave ends what a directory activated and brings back what was active before.
func (h Shell) leave(ctx context.Context) error {
	s := h.State
	if o := s.About.Outer; o != nil && h.mine() {
		target, err := h.Session.Back(ctx, *o)
		var told lead.Told
		if err == nil {
			told, err = h.Led.Lead(ctx, &target, o.Via)
		}
		if err == nil {
			return h.activate(ctx, target, told)
		}
		h.Hook.Say(fmt.Sprintf("vault: %s was active before and is not brought back: %v. Run: vault use %s", o.Profile, err, line.Word(o.Profile)))
	}
	change, lost := env.Off(h.vars(), s, h.Call.Kept)
	return h.Hook.ApplySaying(change, env.Prompt{Previous: s.Profile}, func() {
		h.GiveUp(ctx, lead.Server.Retire)
		h.left(lost)
	})
}

// activate hands the shell what a directory made active.
func (h Shell) activate(ctx context.Context, target env.Target, told lead.Told) error {
	key, _ := h.Key() // without one, the new state is a claim
	change, after, err := env.Use(h.vars(), h.State, h.Call.Kept, target, key)
	if err == nil {
		err = h.Hook.Carries(change)
	}
	if err != nil {
		return err
	}
	return h.Hook.ApplySaying(change, told(after, target.Credentials.Expires), func() {
		h.GiveUp(ctx, lead.Server.Retire)
		h.Hook.Say(h.Hook.Activated(target))
	})
}
