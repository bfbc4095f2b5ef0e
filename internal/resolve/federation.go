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
	l := p.root()
	duration, err := FederationDuration(l.getenv, p.in.Duration)
	if err != nil {
		return err
	}
	serial := p.keySerial(-1)
	endpoint, err := p.endpoint(len(p.links)-1, serial.text)
	if err != nil {
		return err
	}
	if serial.given() {
		p.note(fmt.Sprintf("%s: mfa_serial (%s) is not used: a user's console knows no MFA code; that of a role does", l.name, serial.export().From))
	}
	limit := "AWS_FEDERATION_TOKEN_TTL"
	if p.in.Duration > 0 {
		limit = "--duration"
	}
	name := p.in.SessionName
	p.add(Step{
		Kind: GetFederationToken, Profile: l.name, Duration: duration, Endpoint: endpoint,
		SessionName: name[:min(len(name), longestFederatedName)],
	}, limit)
	return nil
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
