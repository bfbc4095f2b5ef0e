// Package follow changes what is active in a shell: at a prompt, by its directory and its
// clock, and when the person renews it or switches it off. Whatever is obtained, it hands to
// the hook.
//
// It decides nothing about directories (vault.Directory), renewals (internal/renew) or
// servers (internal/lead): it asks them, one after the other, and does what they say. It
// does not know the environment of the process, the streams, or how a hook is answered.
package follow

import (
	"context"
	"time"

	"awsvault/internal/call"
	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/lead"
	"awsvault/internal/vault"
)

// Hook is how a shell is told what changes, and its person what became of it.
type Hook interface {
	// Apply hands over a change: all of it or, on any error, nothing.
	Apply(change env.Change, p env.Prompt) error
	// ApplySaying is Apply, and then say.
	ApplySaying(change env.Change, p env.Prompt, say func()) error
	// Hand is Apply, unless the change is one that Carries refuses.
	Hand(change env.Change, p env.Prompt) error
	// Carries refuses a change after which the shell could start no program.
	Carries(change env.Change) error
	Say(line string)
	Done(line string) // Say, with the mark of what went well
	// Activated is the line that says what is active now.
	Activated(target env.Target) string
}

// Shell is a shell whose hook has called.
type Shell struct {
	Hook    Hook
	Call    *call.Shell
	Environ env.Vars
	Session *vault.Session
	Led     lead.Shell
	Files   func() dirprofile.Files

	State   env.State                // what is active
	Expires func() time.Time         // when its credentials expire; the zero time: never
	Key     func() (env.Key, error)  // of new states
	Via     string                   // how programs get what a directory activates
	Tilde   func(path string) string // shortens a path for people
	Start   func() error             // starts the process that renews in the background
}

// vars are the variables that the shell can change.
func (h Shell) vars() env.Vars { return h.Call.Vars(h.Environ) }

// mine says that what is active has the keys that it set.
func (h Shell) mine() bool { return env.Untouched(h.vars(), h.State) == nil }

// key is the one that goes with a state which no one has asked for anew: a claim stays one.
func (h Shell) key() env.Key {
	if !h.State.Authentic {
		return nil
	}
	key, _ := h.Key() // without one, the new state is a claim
	return key
}

// GiveUp ends a lease of this shell's that is no longer its own, or stops its renewal.
func (h Shell) GiveUp(ctx context.Context, how func(lead.Server, context.Context, string) error) {
	if warning := h.Led.GiveUp(ctx, h.State, how); warning != "" {
		h.Hook.Say(warning)
	}
}

// answer tells the person, and then the hook.
func (h Shell) answer(answer lead.Answer, err error) error {
	if err != nil {
		return err
	}
	for _, line := range answer.Say {
		h.Hook.Say(line)
	}
	return h.Hook.Apply(answer.Change, answer.Prompt)
}

// Off takes the activation away.
func (h Shell) Off(ctx context.Context) error {
	s := h.State
	change, lost := env.Off(h.vars(), s, h.Call.Kept)
	previous := s.Profile
	if !s.Active() {
		previous = h.Call.Previous
	}
	if err := h.Hook.Apply(change, env.Prompt{Previous: previous}); err != nil {
		return err
	}
	if !s.Active() {
		h.Hook.Say("vault: no profile is active in this shell")
		return nil
	}
	h.GiveUp(ctx, lead.Server.Revoke) // the next request of a program is refused
	h.left(lost)
	if s.About.Exec {
		h.Hook.Say("vault: this is a shell of vault exec: exit leaves it")
	}
	return nil
}

// left says that nothing is active now, and what could not be brought back.
func (h Shell) left(lost env.Lost) {
	h.Hook.Done("left " + h.State.Profile)
	if said := lost.Said(); said != "" {
		h.Hook.Say(said)
	}
}
