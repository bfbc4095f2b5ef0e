package lead

import (
	"context"
	"errors"
	"fmt"
	"time"

	"awsvault/internal/agent"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/lease"
	"awsvault/internal/line"
	"awsvault/internal/renew"
	"awsvault/internal/vault"
)

// told returns what to tell the hook about a lease. The hook calls again when the server
// should have renewed the credentials long ago.
func told(l lease.Lease) Told {
	return func(s env.State, _ time.Time) env.Prompt {
		p := vault.Prompt(s, l.Expires)
		p.Deadline = deadline(l)
		p.Alive = lease.Alive(l.Keeper)
		return p
	}
}

// deadline returns when a lease has less time left than a working server would allow.
func deadline(l lease.Lease) time.Time {
	return l.Expires.Add(-min(15*time.Minute, l.Life/4))
}

// GiveUp asks the server to end a lease that this shell no longer needs (how is
// [Server].Revoke), or to stop renewing it (Retire). It leaves the lease of an outer shell
// alone. If it fails, warning tells the person.
func (h Shell) GiveUp(ctx context.Context, s env.State, how func(Server, context.Context, string) error) (warning string) {
	if s.About.Via != env.ViaServer || s.About.Shell != h.PID || h.PID == 0 {
		return ""
	}
	server, err := h.Server()
	if err == nil {
		err = how(server, ctx, s.About.Lease)
	}
	if err != nil && !gone(err) {
		return "vault: warning: programs of this shell may still get credentials of " + s.Profile + ": " + err.Error()
	}
	return ""
}

// gone reports whether there is no server, or the server does not know the lease.
func gone(err error) bool { return errors.Is(err, lease.ErrNone) || errors.Is(err, lease.ErrUnknown) }

// Prompt handles a prompt in a shell whose programs ask the server. The server renews the
// credentials; Prompt checks whether it can, and whether it still runs.
func (h Shell) Prompt(ctx context.Context, s env.State) (Answer, error) {
	if env.Untouched(h.Vars, s) != nil {
		return Answer{Prompt: vault.Prompt(s, time.Time{})}, nil // they are the user's own now
	}
	server, err := h.Server()
	if err != nil {
		return Answer{}, err
	}
	l, err := server.Look(ctx, s.About.Lease)
	switch {
	case gone(err), err == nil && l.Retired:
		return h.again(ctx, s, l, err), nil
	case err != nil:
		return h.cannot(s, l, err), nil
	}
	p := told(l)(s, l.Expires)
	switch now := h.Now(); {
	case now.Before(p.Deadline):
	case l.Err() != nil:
		return h.cannot(s, l, l.Err()), nil
	default:
		p.Deadline = now.Add(2 * time.Second) // the server is renewing
	}
	return Answer{Prompt: p}, nil
}

// cannot tells the person once why there are no newer credentials.
func (h Shell) cannot(s env.State, l lease.Lease, why error) Answer {
	life := renew.Life{Profile: s.Profile, Expires: l.Expires, Lifetime: l.Life}
	action := renew.Failed(h.Now(), life, h.Record, why)
	p := told(l)(s, l.Expires)
	p.Tries, p.Person, p.Deadline = action.Record.Tries(), action.Record.Person, action.Deadline
	answer := Answer{Prompt: p}
	if action.Say != "" {
		answer.Say = []string{action.Say}
	}
	return answer
}

// again takes another lease after the server, or the shell that had the lease, has ended.
// Running programs still have the old address, at which another user's program may listen by
// now. They do not get the new lease, and have to be restarted. The person has not asked for
// the lease, so the rules for a renewal apply.
func (h Shell) again(ctx context.Context, s env.State, old lease.Lease, why error) Answer {
	ctx, cancel := context.WithTimeout(ctx, renew.Patience)
	defer cancel()
	if !s.Authentic {
		return h.cannot(s, old, fault.NewPerson("needs input: an MFA code, a sign-in or a passphrase", ""))
	}
	plan, got, err := h.Session(s).Obtain(ctx, vault.Again(s), func(p *vault.Plan) error {
		if _, lasts, err := p.Cached(ctx); p.Protected && (err != nil || !lasts) {
			return fault.NewPerson("it is protected, and its session has ended", "")
		}
		return nil
	})
	if err != nil {
		return h.cannot(s, old, err)
	}
	answer, err := h.another(ctx, s, plan.Target(got))
	if err != nil {
		return h.cannot(s, old, err)
	}
	if why != nil {
		answer.Say = []string{fmt.Sprintf("vault: the credential server of %s ended, and a new one serves now: restart the programs that use it", s.Profile)}
	}
	return answer
}

// another takes another lease for the activation in this shell.
func (h Shell) another(ctx context.Context, s env.State, target env.Target) (Answer, error) {
	told, err := h.Lead(ctx, &target, env.ViaServer)
	if err != nil {
		return Answer{}, err
	}
	change, after, err := env.Lead(h.Vars, s, target.Server, target.About, h.Key())
	if err == nil {
		err = h.Carries(change)
	}
	if err != nil {
		return Answer{}, err
	}
	return Answer{Change: change, Prompt: told(after, target.Credentials.Expires)}, nil
}

// Renewable refuses to renew a person's lease on behalf of an agent with fewer rights: the
// server would renew it with the person's rights.
func Renewable(s env.State) func(*vault.Plan) error {
	return func(p *vault.Plan) error {
		if s.About.Via != env.ViaServer || s.About.Agent != "" || !p.Agent.Is() || p.Narrowed.Mark() == s.About.Narrowed {
			return nil
		}
		return agent.Refuse(fmt.Sprintf("the lease of %s in this shell is its user's, and agents do not renew it", s.Profile), "vault use "+line.Word(s.Profile)+" --via server   takes a read-only lease")
	}
}

// Refresh makes the server ask its source again, after the person has provided what was
// missing.
func (h Shell) Refresh(ctx context.Context, s env.State, target env.Target) (Answer, error) {
	server, err := h.Server()
	if err != nil {
		return Answer{}, err
	}
	l, err := server.Renew(ctx, s.About.Lease)
	switch {
	case gone(err), err == nil && l.Retired:
		answer, err := h.another(ctx, s, target)
		answer.Say = []string{"vault: a new credential server, or a new lease, serves now: restart the programs that use it"}
		return answer, err
	case err != nil:
		return Answer{}, err
	case l.Err() != nil && l.Expires.Before(target.Credentials.Expires):
		return Answer{}, l.Err()
	}
	return Answer{Prompt: told(l)(s, l.Expires)}, nil
}
