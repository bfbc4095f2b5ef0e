// Package handout decides which part of a session a credential server gives out, and how
// programs learn where to ask for it: the flags that belong together, the formats, the
// files.
//
// It does not know the protocol (internal/serve), the command line, the streams or the
// environment.
package handout

import (
	"context"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/serve"
	"awsvault/internal/vault"
)

// Grant returns what a program may get of a profile, and the target that describes it for the
// program's environment. Unless lazy is true, Grant obtains a session at once and may ask the
// session's person. The server later asks no person.
func Grant(ctx context.Context, session *vault.Session, want vault.Want, lazy bool) (serve.Grant, env.Target, error) {
	var plan *vault.Plan
	var got vault.Result
	var err error
	if lazy {
		plan, err = session.Plan(ctx, want)
	} else {
		plan, got, err = session.Obtain(ctx, want)
	}
	if err != nil {
		return serve.Grant{}, env.Target{}, err
	}
	got.ARN, got.Account = plan.Last().ARN(), plan.Owner()
	target := plan.Target(got)
	target.About.Served = true
	want.MFAToken, want.Fresh = "", false
	alone := session.As(vault.Nobody{})
	grant := serve.Grant{Name: plan.Profile, Region: plan.Region.Text, Source: Source{alone, want}}
	if !plan.Narrowed.Given() { // with a narrowed session, a role could allow more than was granted
		grant.Role = func(arn string) (serve.Source, error) {
			want := want
			want.OnTop = arn
			return Source{alone, want}, nil
		}
	}
	if !lazy {
		grant.Have = answer(plan, got)
	}
	return grant, target, nil
}

// Source serves a profile. Its session must be one that asks no person.
type Source struct {
	Session *vault.Session
	Want    vault.Want
}

// Credentials gets a session that ends later than the given time.
func (s Source) Credentials(ctx context.Context, after time.Time) (serve.Answer, error) {
	want := s.Want
	want.Outlasting = after
	plan, got, err := s.Session.Obtain(ctx, want)
	if err != nil {
		return serve.Answer{}, err
	}
	return answer(plan, got), nil
}

func answer(plan *vault.Plan, got vault.Result) serve.Answer {
	return serve.Answer{Credentials: got.Credentials, Account: got.Account, RoleARN: plan.RoleARN, Life: plan.Last().Duration}
}
