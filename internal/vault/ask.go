package vault

import (
	"cmp"
	"context"
	"strings"

	"awsvault/internal/line"
)

// Typist is a person who types answers. It is nil if no person is there.
type Typist interface {
	Ask(ctx context.Context, prompt string) (string, error)
	// AskStarred is like Ask, but shows a star for each character typed.
	AskStarred(ctx context.Context, prompt string) (string, error)
	Confirm(ctx context.Context, prompt string, yes bool) (bool, error)
	Print(text string)
}

// AskUntil asks until check accepts the answer. Enter selects usual, if that is not empty.
func AskUntil(ctx context.Context, t Typist, prompt, usual string, check func(string) error) (string, error) {
	if usual != "" {
		prompt += " [" + line.Printable(usual) + "]"
	}
	answer, err := askAgain(ctx, t, t.Ask, prompt+": ", func(answer string) error { return check(cmp.Or(answer, usual)) })
	return cmp.Or(answer, usual), err
}

// askAgain asks until check accepts the answer, and says what is wrong with each other one.
func askAgain(ctx context.Context, t Typist, ask func(context.Context, string) (string, error), prompt string, check func(string) error) (string, error) {
	for {
		answer, err := ask(ctx, prompt)
		if err != nil {
			return "", err
		}
		answer = clean(answer)
		if err = check(answer); err == nil {
			return answer, nil
		}
		t.Print("  " + line.Printable(err.Error()) + "\n")
	}
}

// clean removes the blanks and quotes that a paste may bring along.
func clean(s string) string { return strings.Trim(strings.TrimSpace(s), `"'`) }

// UsualRegion returns the region that the person has chosen, in a variable or in [default].
func (s *Session) UsualRegion() string {
	if region := cmp.Or(s.world.Environ["AWS_REGION"], s.world.Environ["AWS_DEFAULT_REGION"]); region != "" {
		return region
	}
	config, err := s.world.Config()
	if err != nil {
		return ""
	}
	p, err := config.Profile("default")
	if err != nil {
		return ""
	}
	v, _ := p.Get("region")
	return v.Text
}
