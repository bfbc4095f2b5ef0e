package vault

import (
	"awsvault/internal/awsconf"
	"awsvault/internal/resolve"
)

// SignIns returns the steps that sign in for the profiles, each sign-in once: steps with a
// SignIn, or of `aws login`. It skips a faulty section, which doctor reports.
func (s *Session) SignIns() (steps []resolve.Step, err error) {
	config, err := s.world.Config()
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	add := func(step resolve.Step) {
		name := "login " + step.LoginSession
		if step.SignIn != nil {
			name = "sso " + step.SignIn.Name()
		}
		if !seen[name] {
			seen[name] = true
			steps = append(steps, step)
		}
	}
	for _, name := range config.SSOSessions() {
		in, _, err := resolve.NewSignIn(resolve.Inputs{Config: config, Profile: name, Getenv: s.Getenv}, name)
		if err == nil {
			add(resolve.Step{Kind: resolve.SSO, SignIn: in})
		}
	}
	for _, name := range config.Names() {
		section, err := config.Profile(name)
		if err != nil || !signsInItself(section) {
			continue
		}
		plan, err := resolve.NewPlan(resolve.Inputs{Config: config, Profile: name, Getenv: s.Getenv, SessionName: s.sessionName()})
		if err != nil {
			continue
		}
		if first := plan.Steps[0]; first.SignIn != nil || first.Kind == resolve.Login {
			add(first)
		}
	}
	return steps, nil
}

// signsInItself reports whether a profile says itself where it signs in, instead of naming a
// section that does.
func signsInItself(p *awsconf.Profile) bool {
	_, portal := p.Get("sso_start_url")
	_, login := p.Get("login_session")
	return portal || login
}
