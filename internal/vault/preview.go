package vault

import (
	"context"
	"time"
)

// Preview describes what carrying out a plan would do now, as far as that is known without a
// network and without opening a keystore.
type Preview struct {
	Steps []StepPreview
	Calls int  // calls to AWS, apart from renewing a sign-in
	Codes int  // MFA codes needed
	Asks  bool // a person must type a code: no mfa_process provides it
}

// StepPreview describes what would happen to one step.
type StepPreview struct {
	// Skipped means that a later step is cached, so this one is not needed.
	Skipped bool
	// Cached is when the cached session expires; zero if none is cached.
	Cached time.Time
	// Limit says what limits the life of the step's session.
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
