package choose

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/items"
	"awsvault/internal/pick"
	"awsvault/internal/resolve"
	"awsvault/internal/tty"
)

// screen runs the Later functions as a terminal does, and records what is then drawn.
type screen struct {
	typist
	rows   string
	typed  byte
	before func()
}

func (s *screen) Draw(_ context.Context, d tty.Drawing, _, _ string, later ...func() func()) error {
	s.before()
	s.drawn = len(later)
	for _, find := range later {
		find()()
	}
	s.rows = strings.Join(d.(*pick.State).Lines(), "\n")
	d.Typed(s.typed)
	return nil
}

func TestProfilesOfTheScreen(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name      string
		n         int
		way       Way
		described int // before the screen is shown
		later     int // what runs beside it
	}{
		{"a few are described first", 3, Screen, 3, 1},
		{"of many there are the names first", describedAtOnce + 1, Screen, 0, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			described, first := 0, 0
			p := Profiles{
				Recent: map[string]float64{"p002": 5}, Now: func() time.Time { return now },
				Describe: func(name string) resolve.Description {
					described++
					if name == "p001" {
						return resolve.Description{Problem: errors.New("broken")}
					}
					return resolve.Description{Account: "111122223333", Role: "reader", Region: "eu-west-1"}
				},
				Ends: func() items.Ends {
					return items.Longest([]items.Session{{Key: aws.SessionKey{Profile: "p002"}, Expires: now.Add(42 * time.Minute)}})
				},
			}
			for i := range c.n {
				p.Names = append(p.Names, fmt.Sprintf("p%03d", i))
			}
			s := &screen{typed: '\r', before: func() { first = described }}
			name, err := Choice{Terminal: s, Way: c.way}.Profile(t.Context(), p)
			if err != nil || name != "p002" {
				t.Errorf("%q is chosen, %v; the one that is used most is first", name, err)
			}
			if first != c.described || described != c.n || s.drawn != c.later {
				t.Errorf("%d described before, %d in all, and %d things beside the screen", first, described, s.drawn)
			}
			if row, _, _ := strings.Cut(s.rows, "\n"); !strings.Contains(row, "reader") || !strings.Contains(row, "42m") {
				t.Errorf("the row is %q", row)
			}
		})
	}
}

func TestOfTheListAllAreDescribedFirst(t *testing.T) {
	described := 0
	p := Profiles{Describe: func(string) resolve.Description { described++; return resolve.Description{} }, Ends: func() items.Ends { return nil }, Now: time.Now}
	for i := range describedAtOnce + 1 {
		p.Names = append(p.Names, fmt.Sprintf("p%03d", i))
	}
	name, err := Choice{Terminal: &typist{answers: []string{"p007"}}, Way: Plain}.Profile(t.Context(), p)
	if err != nil || name != "p007" || described != len(p.Names) {
		t.Errorf("%q, %v; %d are described", name, err, described)
	}
	if name, err := (Choice{Terminal: &typist{answers: []string{""}}, Way: Plain}).Profile(t.Context(), p); !errors.Is(err, tty.ErrInterrupted) || name != "" {
		t.Errorf("nothing chosen: %q, %v", name, err)
	}
}

func TestWhoLeavesTheScreenHasChosenNothing(t *testing.T) {
	s := &screen{typed: 3, before: func() {}}
	if name, err := (Choice{State: state("dev"), Terminal: s}).One(t.Context()); !errors.Is(err, tty.ErrInterrupted) || name != "" {
		t.Errorf("%q, %v", name, err)
	}
}
