package resolve

import (
	"fmt"
)

// longestFederatedName is AWS's limit for the name of a federated user, in characters.
const longestFederatedName = 32

// addFederation plans GetFederationToken: a user's console. It takes no MFA code.
func (p *planner) addFederation() error {
	s, limit, err := p.federation()
	if err != nil {
		return err
	}
	if serial := p.keySerial(-1); serial.given() {
		p.note(fmt.Sprintf("%s: mfa_serial (%s) is not used: AWS takes no MFA code for a user's console, only for a role's", s.Profile, serial.export().From))
	}
	p.add(s, limit)
	return nil
}

// Federation is the step that trades keys which turned out to be a user's own for a
// session that the console takes: what a credential_process prints is known only then.
func (p *Plan) Federation() (Step, Call, error) {
	s, _, err := p.planner.federation()
	n := len(p.Steps) + 1
	return s, Call{Op: s.Kind.String(), Subject: fmt.Sprintf("for %q", s.Profile), Step: n, Steps: n}, err
}

// federation is the step, and what decides how long it lasts.
func (p *planner) federation() (s Step, limit string, err error) {
	l, name := p.root(), p.in.SessionName
	s = Step{Kind: GetFederationToken, Profile: l.name, SessionName: name[:min(len(name), longestFederatedName)]}
	if s.Duration, err = FederationDuration(l.getenv, p.in.Duration); err != nil {
		return s, "", err
	}
	p.policies(&s)
	s.Endpoint, err = p.endpoint(len(p.links)-1, p.keySerial(-1).text)
	if p.in.Duration > 0 {
		return s, "--duration", err
	}
	return s, "AWS_FEDERATION_TOKEN_TTL", err
}

// roleLife is how long a role is wanted for. A console outlasts the role that
// opens it, if nothing temporary is behind that: then --duration is the
// console's, and the role's own limit does not count.
func (p *planner) roleLife(l *link, hop roleHop) life {
	if hop.delivered && !hop.temporary && p.lengthen(l) {
		return l.role.configured
	}
	return l.role.wanted(p.in, hop.delivered)
}

// lengthen asks for a console of the wished length, if one was wished.
func (p *planner) lengthen(l *link) bool {
	if !p.in.Console || p.in.Duration <= 0 {
		return false
	}
	p.plan.ConsoleDuration, _ = life{p.in.Duration, "--duration"}.within(l.name, "a console", longestRole)
	return true
}
