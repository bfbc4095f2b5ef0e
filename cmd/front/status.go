package front

import (
	"awsvault/internal/fault"
	"awsvault/internal/status"
)

// Standing returns the facts about this shell.
func (w *World) Standing() status.Facts {
	expires, expired := w.Expires()
	return status.Facts{State: w.Active(), Vars: w.Environ, Expires: expires, Expired: expired, Now: w.Now(), Tilde: w.Tilde, Ink: w.Ink(w.Stdout)}
}

// Status prints the active profile. With check it prints nothing and fails if the
// credentials are not good.
func (w *World) Status(asJSON, check bool) error {
	facts := w.Standing()
	switch {
	case check && !facts.Good():
		return fault.Silent(fault.Failed)
	case check:
		return nil
	case asJSON:
		return w.PrintJSON(facts.Document())
	}
	return w.Answer(facts.Text())
}
