package vault

import (
	"context"
	"errors"
	"fmt"

	"awsvault/internal/agent"
	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/renew"
)

// Directory holds what a prompt knows about the directory of its shell.
type Directory struct {
	Found    string // the nearest .awsprofile; empty: none
	Shown    string // Found as it is shown to people
	File     dirprofile.File
	Decision dirprofile.Decision
	Refusal  error // why the file cannot be used, or why the search for one failed

	Told  bool   // an earlier prompt has said all there is to say about this file
	Hand  string // the file in whose tree the person has run use or off
	Other bool   // another tool has activated a profile in this shell
}

// Seen returns a Directory with the result of a look at it.
func Seen(s dirprofile.Seen) Directory {
	return Directory{Found: s.Path, File: s.File, Decision: s.Decision, Refusal: s.Refusal}
}

// Move is the action of a shell because of its directory.
type Move uint8

const (
	Stay  Move = iota // change nothing
	Enter             // activate what the file names
	Leave             // end what a directory has activated
)

// String names it in tests.
func (m Move) String() string { return [...]string{"stay", "enter", "leave"}[m] }

// Decide returns what happens in a shell in which s is active. say is a message for the
// person.
func (d Directory) Decide(s env.State) (m Move, say error) {
	switch {
	case d.Found == "":
		return left(s), d.Refusal
	case d.Found == d.Hand, d.Other && !s.Active():
		return Stay, nil // the choice of the person or of another tool stands
	case d.isActive(s):
		return Stay, nil
	case d.Decision == dirprofile.Denied, d.Told:
		return left(s), nil // say it once only: the clock may start a prompt here again
	case d.Refusal != nil:
		return left(s), d.Refusal
	case d.Decision != dirprofile.Allowed:
		return left(s), fmt.Errorf("%s (profile %s) is not trusted yet. Run: vault allow   (or: vault deny)", d.Shown, d.File.Profile)
	}
	return Enter, nil
}

// Failed returns what happens instead when Enter has failed.
func (d Directory) Failed(s env.State, err error) (m Move, say error) {
	if refusal := (*agent.Refusal)(nil); fault.KindOf(err) == fault.Person && !errors.As(err, &refusal) {
		return left(s), fmt.Errorf("%s wants %s, which needs you. Run: %s", d.Shown, d.File.Profile, fault.HintOf(err))
	}
	return left(s), fmt.Errorf("%s wants %s: %w", d.Shown, d.File.Profile, err)
}

// isActive reports whether this file has activated what it asks for.
func (d Directory) isActive(s env.State) bool {
	return d.Decision == dirprofile.Allowed && string(s.About.Origin) == d.Found &&
		s.Profile == d.File.Profile && s.About.Region == d.File.Region
}

// left returns Leave if a directory has activated the shell's profile.
func left(s env.State) Move {
	if len(s.About.Origin) == 0 {
		return Stay
	}
	return Leave
}

// Enter obtains the credentials that a trusted file asks for, without a question. before is
// the state active until then, and now is the environment with it.
func (s *Session) Enter(ctx context.Context, f dirprofile.File, before env.State, now env.Vars) (env.Target, error) {
	w := Want{Profile: f.Profile, Region: f.Region, OwnRegion: true, Origin: f.Path}
	plan, got, err := s.unasked(ctx, w, func(p *Plan) error {
		if p.Protected {
			return fmt.Errorf("it is protected, so only vault use %s activates it", line.Word(f.Profile))
		}
		return Promise(f, p.Account)
	})
	if err != nil {
		return env.Target{}, err
	}
	if err := plan.Keep(ctx, f, &got); err != nil {
		return env.Target{}, err
	}
	target := plan.Target(got)
	target.About.Origin = []byte(f.Path)
	target.About.Outer = outer(before, now)
	return target, nil
}

// outer returns what leaving the directory may bring back: what this user has activated by
// name. A forged state, and a state from another shell whose keys are not here, bring nothing
// back.
func outer(before env.State, now env.Vars) *env.Outer {
	switch {
	case !before.Authentic || env.Untouched(now, before) != nil:
		return nil
	case len(before.About.Origin) > 0:
		return before.About.Outer
	}
	return itself(before)
}

// itself returns a record that brings back the active profile.
func itself(s env.State) *env.Outer {
	return &env.Outer{
		Profile: s.Profile, Region: s.About.Region, Duration: s.About.Duration, NoSession: s.About.NoSession,
		ReadOnly: s.About.ReadOnly, Policies: s.About.Policies, Agent: s.About.Agent, Via: s.About.Via,
	}
}

// ErrProtected means that a profile comes back only when the person names it.
var ErrProtected = errors.New("it is protected")

// Back obtains what was active before a directory activated something else. The state is
// authentic, but another shell of this user may have written it: an environment travels in
// .env files, over ssh and through tmux. So Back never activates a protected profile.
func (s *Session) Back(ctx context.Context, o env.Outer) (env.Target, error) {
	return s.back(ctx, o, func(p *Plan) error {
		if p.Protected {
			return ErrProtected
		}
		return nil
	})
}

// Same obtains again what is active in this shell, after another tool has replaced part of it.
// The state must be authentic, and its keys must be there. A protected profile comes from the
// cache only.
func (s *Session) Same(ctx context.Context, st env.State) (env.Target, error) {
	target, err := s.back(ctx, *itself(st), func(p *Plan) error {
		if !p.Protected {
			return nil
		}
		if _, lasts, err := p.Cached(ctx); err != nil || !lasts {
			return errors.New("it is protected, and its session has ended")
		}
		return nil
	})
	target.About.Origin, target.About.Outer = st.About.Origin, st.About.Outer
	if moved := st.About.Moved; moved != "" {
		target.Region = moved
		target.About.Moved, target.About.MovedFrom, target.About.RegionFrom = moved, st.About.MovedFrom, st.About.RegionFrom
	}
	return target, err
}

func (s *Session) back(ctx context.Context, o env.Outer, check func(*Plan) error) (env.Target, error) {
	plan, got, err := s.unasked(ctx, Before(o), check)
	if err != nil {
		return env.Target{}, err
	}
	return plan.Target(got), nil
}

// unasked obtains credentials for a directory: from the cache, or with calls that need no
// person. It gives up after [renew.Patience], and at Ctrl-C.
func (s *Session) unasked(ctx context.Context, w Want, check func(*Plan) error) (*Plan, Result, error) {
	ctx, cancel := context.WithTimeout(ctx, renew.Patience)
	defer cancel()
	plan, got, err := s.As(Nobody{Tell: s.person.Say}).Obtain(ctx, w, check)
	if fault.KindOf(err) == fault.Person {
		err = fault.NewPerson("it needs you", "vault use "+line.Word(w.Profile))
	}
	return plan, got, err
}

// Promise refuses another account than the one that the file names.
func Promise(f dirprofile.File, account string) error {
	if f.Account == "" || account == "" || f.Account == account {
		return nil
	}
	return fmt.Errorf("%s requires account %s, but profile %q leads to %s", f.Path, f.Account, f.Profile, account)
}

// Keep checks the account that the file names, once the credentials are there. It asks AWS for
// the account if nothing else tells it.
func (p *Plan) Keep(ctx context.Context, f dirprofile.File, got *Result) error {
	if f.Account != "" && got.Account == "" {
		arn, account, err := p.Identity(ctx, got.Credentials)
		if err != nil {
			return fmt.Errorf("%s requires account %s, but AWS did not say which account this is: %w", f.Path, f.Account, err)
		}
		got.ARN, got.Account = arn, account
	}
	return Promise(f, got.Account)
}
