package choose

import (
	"context"
	"time"

	"awsvault/internal/items"
	"awsvault/internal/line"
	"awsvault/internal/pick"
	"awsvault/internal/resolve"
)

// Profiles describes the profiles that a person chooses from.
type Profiles struct {
	Names    []string
	Recent   map[string]float64 // how much each profile is used
	Describe func(name string) resolve.Description
	Ends     func() items.Ends // finds the ends of cached sessions, which may take a while
	Now      func() time.Time
	Options  pick.Options
}

// describedAtOnce is the largest number of profiles that are described before the first
// screen. With more profiles, the screen first shows only the names.
const describedAtOnce = 300

// Profile lets the person choose a profile.
func (c Choice) Profile(ctx context.Context, p Profiles) (string, error) {
	candidates := make([]pick.Candidate, len(p.Names))
	for i, n := range p.Names {
		candidates[i] = pick.Candidate{Name: n, Recent: p.Recent[n]}
	}
	c.State = pick.New(candidates, p.Options)
	describe := func() func() {
		tell := p.describe()
		return func() { c.State.Update(tell) }
	}
	left := func() func() {
		ends := p.Ends()
		return func() { c.State.Update(p.left(ends)) }
	}
	c.Later = []func() func(){left}
	if len(p.Names) > describedAtOnce && c.Way == Screen {
		c.Later = append(c.Later, describe)
	} else {
		describe()()
	}
	return c.One(ctx)
}

// describe describes all profiles, which may take a while. It returns a function that passes
// the descriptions to the picker.
func (p Profiles) describe() func(*pick.Candidate) {
	known := make(map[string]resolve.Description, len(p.Names))
	for _, name := range p.Names {
		known[name] = p.Describe(name)
	}
	return func(c *pick.Candidate) {
		d := known[c.Name]
		c.Account, c.Role, c.Region, c.Protected, c.Described = d.Account, d.Role, d.Region, d.Protected, d.Problem == nil
	}
}

// left returns a function that tells the picker how much time cached sessions have left.
func (p Profiles) left(ends items.Ends) func(*pick.Candidate) {
	return func(c *pick.Candidate) {
		if t := ends.Of(c.Name); !t.IsZero() {
			c.Left = line.Left(t.Sub(p.Now()))
		}
	}
}
