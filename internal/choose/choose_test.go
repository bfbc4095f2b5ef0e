package choose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"awsvault/internal/fault"
	"awsvault/internal/pick"
	"awsvault/internal/tty"
)

// typist answers each question with the next of its answers.
type typist struct {
	answers []string
	shown   strings.Builder
	drawn   int // how many things ran beside the screen
}

func (p *typist) Print(text string) { p.shown.WriteString(text) }

func (p *typist) Ask(_ context.Context, prompt string) (string, error) {
	p.shown.WriteString(prompt + "\n")
	if len(p.answers) == 0 {
		return "", tty.ErrNoAnswer
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return answer, nil
}

func (p *typist) Draw(_ context.Context, d tty.Drawing, begin, end string, later ...func() func()) error {
	if begin != pick.Begin || end != pick.End {
		return errors.New("the screen is not the picker's")
	}
	p.drawn = len(later)
	d.Typed('\r')
	return nil
}

func state(names ...string) *pick.State {
	var candidates []pick.Candidate
	for _, n := range names {
		candidates = append(candidates, pick.Candidate{Name: n})
	}
	return pick.New(candidates, pick.Options{})
}

func (c Choice) in(w Way) Choice {
	c.Way = w
	return c
}

func TestWayOf(t *testing.T) {
	for _, test := range []struct {
		setting string
		dumb    bool
		want    Way
	}{{"", false, Screen}, {"", true, Plain}, {"plain", false, Plain}, {"fzf", false, Fzf}, {"fzf", true, Fzf}} {
		if got, err := WayOf(test.setting, test.dumb); got != test.want || err != nil {
			t.Errorf("%q, dumb %v: %q, %v; want %q", test.setting, test.dumb, got, err, test.want)
		}
	}
	if _, err := WayOf("mouse", false); fault.KindOf(err) != fault.Usage || fault.HintOf(err) != "plain, fzf, or nothing" {
		t.Errorf("an unknown picker: %v", err)
	}
}

func TestChoosingPlainly(t *testing.T) {
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprintf("profile-%02d", i)
	}
	for _, test := range []struct {
		name    string
		among   []string
		answers []string
		want    string
		err     error
	}{
		{"by a number", []string{"dev", "ops"}, []string{"2"}, "ops", nil},
		{"by a part of the name", []string{"dev", "ops"}, []string{" op "}, "ops", nil},
		{"by a name that others begin with", []string{"dev", "dev-eu"}, []string{"dev"}, "dev", nil},
		{"by a part that two have, then a number", []string{"dev", "dev-eu", "ops"}, []string{"de", "2"}, "dev-eu", nil},
		{"after nothing matched", []string{"dev", "ops"}, []string{"zzz", "dev"}, "dev", nil},
		{"a number that is not shown is a part of a name", many, []string{"35"}, "profile-35", nil},
		{"nothing", []string{"dev"}, []string{""}, "", tty.ErrInterrupted},
		{"no answer", []string{"dev"}, nil, "", tty.ErrNoAnswer},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := Choice{State: state(test.among...), Terminal: &typist{answers: test.answers}}
			err := c.in(Plain).Make(t.Context())
			if got, ok := c.State.Chosen(); !errors.Is(err, test.err) || got != test.want || ok != (test.want != "") {
				t.Errorf("chosen is %q, %v; %v", got, ok, err)
			}
		})
	}
	p := &typist{answers: []string{""}}
	_ = Choice{State: state(many...), Terminal: p, Way: Plain}.Make(t.Context())
	if text := p.shown.String(); !strings.Contains(text, " 30  profile-29\n     and 10 more\n") || strings.Contains(text, "profile-30") {
		t.Errorf("it shows\n%s", text)
	}
}

func TestChoosingOnTheScreen(t *testing.T) {
	p := &typist{}
	c := Choice{State: state("dev"), Terminal: p, Later: []func() func(){nil, nil}}
	err := c.in(Screen).Make(t.Context())
	if got, _ := c.State.Chosen(); err != nil || got != "dev" || p.drawn != 2 {
		t.Errorf("chosen is %q, %v, beside %d", got, err, p.drawn)
	}
}

func TestChoosingWithFzf(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("fzf is a shell script here")
	}
	for _, test := range []struct {
		name, script string
		want         string
		says         string
	}{
		{"a line", `grep ops`, "ops", ""},
		{"nothing matched", `exit 1`, "", "interrupted"},
		{"called off", `exit 130`, "", "interrupted"},
		{"broken", `exit 2`, "", "fzf"},
		{"another line", `echo ops`, "", "fzf returned something that was not in the list"},
		{"a line of its own", `echo 7`, "", "fzf returned something that was not in the list"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fzf")
			if err := os.WriteFile(path, []byte("#!/bin/sh\n"+test.script+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			c := Choice{State: state("dev", "ops"), Fzf: Program{
				Look: func(string) (string, error) { return path, nil }, Environ: os.Environ(), Screen: os.Stderr,
			}}
			err := c.in(Fzf).Make(t.Context())
			if got, _ := c.State.Chosen(); got != test.want || (err != nil) != (test.says != "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("chosen is %q, %v", got, err)
			}
		})
	}
	c := Choice{State: state("dev"), Fzf: Program{Look: func(string) (string, error) { return "", os.ErrNotExist }}}
	if err := c.in(Fzf).Make(t.Context()); err == nil || err.Error() != "AWS_VAULT_PICKER is fzf, which is not installed" {
		t.Errorf("without fzf: %v", err)
	}
}
