package resolve

import (
	"fmt"
	"strings"
	"time"

	"awsvault/internal/line"
)

// MinSlack is how much a session may fall short of the wanted minimum: a session of an hour
// has 59 minutes and 59 seconds left when it arrives.
const MinSlack = time.Minute

// least reads how long the session must last: the flag, else vault_min.
func (p *planner) least() error {
	wanted := life{p.in.Min, "--min"}
	if wanted.Duration == 0 {
		v := p.links[0].own("vault_min")
		if !v.given() {
			return nil
		}
		d, err := ParseDuration(strings.TrimSpace(v.text))
		if err != nil || d == 0 {
			return v.bad("vault_min %q is not a duration", v.text).withHint("%s", durationHint)
		}
		wanted = life{d, v.export().From}
	}
	p.plan.Min, p.plan.MinFrom, p.in.min = wanted.Duration, wanted.from, wanted
	return nil
}

// atLeast returns a life that is long enough for a wish, in whole hours, as roles have them. A
// session of exactly the wanted duration would be too short for the next command.
func (l life) atLeast(wish life) life {
	if wish.Duration <= l.Duration {
		return l
	}
	return life{(wish.Duration + time.Hour - 1).Truncate(time.Hour), wish.from}
}

// enough refuses a plan whose session is too short, as far as its duration is known.
func (p *planner) enough() error {
	n := len(p.plan.Steps) - 1
	if d := p.plan.Steps[n].Duration; d > 0 && d < p.plan.Min {
		return p.plan.TooShort(fmt.Sprintf("lasts %s at most (%s)", line.Exact(d), p.plan.limits[n]))
	}
	return nil
}

// TooShort is the error for a session that is too short. lasts says how long it lasts.
func (p *Plan) TooShort(lasts string) error {
	name := line.Word(p.Profile)
	ways := []string{"vault exec " + name + " --server -- CMD renews it while CMD runs"}
	switch last := p.Last(); {
	case p.planner.in.Duration > 0:
		ways = append(ways, "ask for a longer --duration")
	case p.limits[len(p.limits)-1] == chainLimit:
		ways = append(ways, "use the keys of a user to assume the role")
	case last.Kind == SSO:
		ways = append(ways, "the permission set can have a longer session duration")
	case last.Kind == AssumeRole, last.Kind == WebIdentity:
		ways = append(ways, "the role can have a longer maximum session duration")
	}
	return (&SettingError{Msg: fmt.Sprintf("the session of %q %s, and %s asks for %s", p.Profile, lasts, p.MinFrom, line.Exact(p.Min))}).
		withHint("%s", strings.Join(ways, "; or "))
}
