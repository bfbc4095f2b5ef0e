package front

import (
	"context"
	"runtime"

	"awsvault/internal/env"
	"awsvault/internal/lead"
)

// Led is the shell whose programs are led to credentials, by a server if need be. What
// obtains a session for another lease has to be added.
func (w *World) Led(server func() (lead.Server, error)) lead.Shell {
	return lead.Shell{
		GOOS: runtime.GOOS, PID: w.Shell.PID, Vars: w.Shell.Vars(w.Environ), Record: w.Shell.Record, Config: w.Config, Now: w.Now,
		Key:      func() env.Key { key, _ := w.StateKey(); return key },
		Carries:  w.Carries,
		Server:   server,
		Settings: w.Programs().Lease,
	}
}

// UseLed makes a target active in the shell whose programs have been led to its
// credentials, and ends the lease that the shell had before.
func (w *World) UseLed(ctx context.Context, led lead.Shell, target env.Target, prompt lead.Told) error {
	if err := w.UseTarget(target, prompt); err != nil {
		w.GiveUp(ctx, led, env.State{Profile: target.Profile, About: target.About}, lead.Server.Revoke)
		return err
	}
	w.GiveUp(ctx, led, w.Active(), lead.Server.Revoke)
	return nil
}

// GiveUp ends a lease of this shell's that is no longer its own, or stops its renewal.
func (w *World) GiveUp(ctx context.Context, led lead.Shell, s env.State, how func(lead.Server, context.Context, string) error) {
	if warning := led.GiveUp(ctx, s, how); warning != "" {
		w.Say(warning)
	}
}
