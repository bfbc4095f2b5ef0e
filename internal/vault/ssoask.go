package vault

import (
	"cmp"
	"context"

	"awsvault/internal/fault"
)

// SSOAnswers holds what the set-up of IAM Identity Center needs. Complete asks for empty
// fields.
type SSOAnswers struct {
	StartURL, SSORegion string
	Region              string // for the new profiles
	Yes                 bool   // use the default region without a question
}

// whereAnswersAre tells a person where to find what they are asked for.
const whereAnswersAre = `Your access portal shows both answers: choose an account, then "Access keys".` + "\n"

// Complete checks the given answers, and asks t for the others.
func (a *SSOAnswers) Complete(ctx context.Context, s *Session, t Typist) error {
	told := false // where the answers are
	for _, q := range []struct {
		flag, prompt, usual string
		value               *string
		check               func(string) error
	}{
		{"--start-url", "Start URL", "", &a.StartURL, CheckStartURL},
		{"--sso-region", "Region of Identity Center", "", &a.SSORegion, CheckRegion},
		{"--region", "Region of the new profiles", s.UsualRegion(), &a.Region, CheckRegion},
	} {
		if *q.value != "" {
			if err := q.check(*q.value); err != nil {
				return fault.NewUsage(q.flag+": "+err.Error(), "vault sso add --help")
			}
			continue
		}
		if q.flag == "--region" {
			q.usual = cmp.Or(q.usual, a.SSORegion)
			if a.Yes {
				*q.value = q.usual
				continue
			}
		}
		if t == nil {
			return fault.NewPerson("sso add asks for the start URL and the region, and there is no terminal to ask on",
				"vault sso add --start-url URL --sso-region REGION --yes")
		}
		if q.usual == "" && !told {
			t.Print(whereAnswersAre)
			told = true
		}
		answer, err := AskUntil(ctx, t, q.prompt, q.usual, q.check)
		if err != nil {
			return err
		}
		*q.value = answer
	}
	return nil
}
