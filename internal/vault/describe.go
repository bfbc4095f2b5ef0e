package vault

import "awsvault/internal/resolve"

// Describer describes profiles: what `list`, the picker and completions show is what
// `explain` says and `use` does.
type Describer struct {
	*resolve.Describer
	session *Session
}

// Describer describes the profiles of the AWS files. stored says which keys are
// stored; nil: that is not known, see [resolve.NewDescriber].
func (s *Session) Describer(stored func(profile string) bool) (*Describer, error) {
	config, err := s.world.Config()
	if err != nil {
		return nil, err
	}
	in := s.inputs(config, Want{OwnRegion: true})
	in.Stored = stored
	return &Describer{resolve.NewDescriber(in), s}, nil
}

// Describe describes a profile. A pattern of AWS_VAULT_PROTECTED that cannot be read
// is a problem of every profile, as it is for `use`.
func (d *Describer) Describe(name string) resolve.Description {
	out := d.Describer.Describe(name)
	protected, err := d.session.Protected(name, out.Protected)
	if err != nil {
		out.Protected, out.Problem = true, err
		return out
	}
	out.Protected = protected
	return out
}
