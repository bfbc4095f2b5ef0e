package vault

import (
	"cmp"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

// Describer describes profiles for `list`, the picker and completions. It agrees with what
// `explain` says and `use` does.
type Describer struct {
	*resolve.Describer
	patterns []pattern
	broken   error // why the patterns cannot be read
}

// Describer describes the profiles of a config. stored reports which keys are stored; nil if
// that is not known, see [resolve.NewDescriber].
func (s *Session) Describer(config *awsconf.Config, stored func(profile string) bool) *Describer {
	in := s.inputs(config, Want{OwnRegion: true})
	in.Stored = stored
	patterns, err := s.patterns(config)
	return &Describer{resolve.NewDescriber(in), patterns, err}
}

// Describe describes a profile. If a pattern of protected profiles cannot be read, every
// profile has that problem, as it does for `use`.
func (d *Describer) Describe(name string) resolve.Description {
	out := d.Describer.Describe(name)
	protected, err := fits(d.patterns, name)
	if err = cmp.Or(d.broken, err); err != nil {
		out.Protected, out.Problem = true, err
		return out
	}
	out.Protected = out.Protected || protected
	return out
}

// Preview says in a few lines how a profile gets its credentials, from the files alone.
func (d *Describer) Preview(name string) []string {
	plan, err := d.Plan(name)
	if err != nil {
		return []string{"broken: " + line.Printable(err.Error())}
	}
	var lines []string
	for _, s := range plan.Steps {
		lines = append(lines, strings.TrimSpace(s.Kind.String()+" "+s.Subject()))
	}
	if n := plan.MFAPrompts(); n > 0 {
		lines = append(lines, line.Count(n, "MFA code"))
	}
	if plan.Region.Text != "" {
		lines = append(lines, "region "+plan.Region.Text)
	}
	if d := plan.Last().Duration; d > 0 {
		lines = append(lines, "lasts "+line.Rounded(d))
	}
	return lines
}
