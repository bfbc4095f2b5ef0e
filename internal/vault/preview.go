package vault

import (
	"context"
	"time"
)

// Preview is what carrying out a plan would do now, as far as that is known
// without a network and without opening a keystore.
type Preview struct {
	Steps []StepPreview
	Calls int  // of AWS; renewing a sign-in is not among them
	Codes int  // MFA codes that it takes
	Asks  bool // a person would be asked for one: no mfa_process knows it
}

// StepPreview is what would become of one step.
type StepPreview struct {
	// Skipped: a later step is cached, so that this one is not needed.
	Skipped bool
	// Cached is until when a session is in the cache; zero if none is.
	Cached time.Time
	// Limit says what decides how long the step's session lasts.
	Limit string
}

// Preview looks into the cache. It makes no call and asks no person.
func (p *Plan) Preview(ctx context.Context) (Preview, error) {
	r, err := p.newRun(ctx)
	if err != nil {
		return Preview{}, plain(ctx, err)
	}
	out := Preview{Steps: make([]StepPreview, len(p.Steps))}
	for i := range out.Steps {
		out.Steps[i].Limit = p.Limit(i)
	}
	for i := len(p.Steps) - 1; i >= 0; i-- {
		s := p.Steps[i]
		c, ok, err := r.cached(ctx, i, "")
		if err != nil {
			return out, plain(ctx, err)
		}
		if ok {
			out.Steps[i].Cached = c.Expires
			for j := range i {
				out.Steps[j].Skipped = true
			}
			return out, nil
		}
		if s.Kind.Calls() {
			out.Calls++
		}
		if s.MFASerial != "" {
			out.Codes++
			out.Asks = out.Asks || s.MFAProcess == ""
		}
	}
	return out, nil
}
