package resolve

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// longestFederatedName is AWS's limit for the name of a federated user, in characters.
const longestFederatedName = 32

// allowAll is the session policy of a federated user, who without one may do
// nothing. What the user behind it may not do is not allowed by it.
const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// addFederation plans GetFederationToken: a user's console. It takes no MFA code.
func (p *planner) addFederation() error {
	s, limit, err := p.federation()
	if err != nil {
		return err
	}
	if serial := p.keySerial(-1); serial.given() {
		p.note(fmt.Sprintf("%s: mfa_serial (%s) is not used: a user's console knows no MFA code; that of a role does", s.Profile, serial.export().From))
	}
	p.add(s, limit)
	return nil
}

// federation is the step, and what decides how long it lasts.
func (p *planner) federation() (s Step, limit string, err error) {
	l, name := p.root(), p.in.SessionName
	s = Step{Kind: GetFederationToken, Profile: l.name, SessionName: name[:min(len(name), longestFederatedName)]}
	if s.Duration, err = FederationDuration(l.getenv, p.in.Duration); err != nil {
		return s, "", err
	}
	s.Endpoint, err = p.endpoint(len(p.links)-1, p.keySerial(-1).text)
	if p.in.Duration > 0 {
		return s, "--duration", err
	}
	return s, "AWS_FEDERATION_TOKEN_TTL", err
}

// Federate trades keys that turned out to be a user's own: what a
// credential_process prints is known only then. It is not cached.
func (p *Plan) Federate(ctx context.Context, d Deps, c Credentials) (Credentials, error) {
	s, _, err := p.planner.federation()
	if err != nil {
		return Credentials{}, err
	}
	client, err := d.HTTP()
	if err != nil {
		return Credentials{}, err
	}
	api := newCaller(client, d.Now, s.Endpoint, c)
	bounded, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := api.getFederationToken(bounded, s)
	if err != nil {
		n := len(p.Steps) + 1
		call := Call{Op: s.Kind.String(), Subject: fmt.Sprintf("for %q", s.Profile), Step: n, Steps: n}
		return Credentials{}, plain(ctx, explain(err, call, s, api.clock.skew))
	}
	return out, nil
}

// getFederationToken makes the call.
func (c caller) getFederationToken(ctx context.Context, s Step) (Credentials, error) {
	out, err := c.client.GetFederationToken(ctx, &sts.GetFederationTokenInput{
		Name: aws.String(s.SessionName), Policy: aws.String(allowAll), DurationSeconds: seconds(s.Duration),
	})
	if err != nil {
		return Credentials{}, err
	}
	return session(out.Credentials)
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
