package vault

import (
	"cmp"
	"context"
	"strings"

	"awsvault/internal/line"
)

// Typist is a person who types answers. A nil one is not there.
type Typist interface {
	Ask(ctx context.Context, prompt string) (string, error)
	// AskStarred is Ask, with a star for each character of the answer.
	AskStarred(ctx context.Context, prompt string) (string, error)
	Confirm(ctx context.Context, prompt string, yes bool) (bool, error)
	Print(text string)
}

// AskUntil asks until the answer is a good one. Enter means usual, if there is one.
func AskUntil(ctx context.Context, t Typist, prompt, usual string, check func(string) error) (string, error) {
	if usual != "" {
		prompt += " [" + line.Printable(usual) + "]"
	}
	answer, err := askAgain(ctx, t, t.Ask, prompt+": ", func(answer string) error { return check(cmp.Or(answer, usual)) })
	return cmp.Or(answer, usual), err
}

// askAgain asks until the answer is a good one, and says what is wrong with the others.
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

// clean drops what a paste brings along.
func clean(s string) string { return strings.Trim(strings.TrimSpace(s), `"'`) }

// UsualRegion is the region that the person uses, if they have said so: by a variable,
// or in [default].
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
