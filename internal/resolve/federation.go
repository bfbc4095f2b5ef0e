package resolve

import (
	"fmt"
)

// longestFederatedName is AWS's limit for the name of a federated user, in characters.
const longestFederatedName = 32

// addFederation plans GetFederationToken, for a user's console. It takes no MFA code.
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

// Federation returns the step that exchanges a user's own keys for a session that the console
// accepts. It is for keys whose kind is known only now, such as the output of a
// credential_process.
func (p *Plan) Federation() (Step, Call, error) {
	s, _, err := p.planner.federation()
	n := len(p.Steps) + 1
	return s, Call{Op: s.Kind.String(), Subject: fmt.Sprintf("for %q", s.Profile), Step: n, Steps: n}, err
}

// federation returns the step, and what limits its duration.
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

// roleLife returns how long a role should last. A console can outlast the role that opens it,
// if the role was assumed with long-lived keys. --duration then applies to the console, and
// not to the role.
func (p *planner) roleLife(l *link, hop roleHop) life {
	if hop.delivered && !hop.temporary && p.lengthen(l) {
		return l.role.configured
	}
	return l.role.wanted(p.in, hop.delivered)
}

// lengthen asks for a console of the requested duration, if there is one.
func (p *planner) lengthen(l *link) bool {
	if !p.in.Console || p.in.Duration <= 0 {
		return false
	}
	p.plan.ConsoleDuration, _ = life{p.in.Duration, "--duration"}.within(l.name, "a console", longestRole)
	return true
}
