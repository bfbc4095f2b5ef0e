package front

import (
	"context"
	"runtime"

	"awsvault/internal/env"
	"awsvault/internal/lead"
)

// Led returns the calling shell, for leading its programs to credentials. The caller sets
// the field Session if it can get sessions for a new lease.
func (w *World) Led(server func() (lead.Server, error)) lead.Shell {
	return lead.Shell{
		GOOS: runtime.GOOS, PID: w.Shell.PID, Vars: w.Shell.Vars(w.Environ), Record: w.Shell.Record, Config: w.Config, Now: w.Now,
		Key:      func() env.Key { key, _ := w.StateKey(); return key },
		Carries:  w.Carries,
		Server:   server,
		Settings: w.Programs().Lease,
	}
}

// UseLed activates a target after led has prepared its credentials, and ends the shell's
// previous lease.
func (w *World) UseLed(ctx context.Context, led lead.Shell, target env.Target, prompt lead.Told) error {
	if err := w.UseTarget(target, prompt); err != nil {
		w.GiveUp(ctx, led, env.State{Profile: target.Profile, About: target.About}, lead.Server.Revoke)
		return err
	}
	w.GiveUp(ctx, led, w.Active(), lead.Server.Revoke)
	return nil
}

// GiveUp ends a lease that this shell no longer uses, or stops its renewal, as how says.
func (w *World) GiveUp(ctx context.Context, led lead.Shell, s env.State, how func(lead.Server, context.Context, string) error) {
	if warning := led.GiveUp(ctx, s, how); warning != "" {
		w.Say(warning)
	}
}
