package awsfake

import (
	"cmp"
	"net/http"
	"path"
	"strings"
	"time"
)

// caller identifies the signer of a request.
type caller struct {
	keyID, arn, userID, account string
	user                        *User    // nil for role and federated sessions
	session                     *Session // nil for long-lived keys
}

func (c caller) isRoot() bool { return c.user != nil && c.user.isRoot() }

// mfa returns when the caller authenticated with an MFA code. It is zero if the caller did not.
func (c caller) mfa() time.Time {
	if c.session == nil {
		return time.Time{}
	}
	return c.session.MFA
}

// authenticate returns the signer of a request, or the error of an invalid signature.
func (s *Server) authenticate(r *http.Request, body []byte, service string, call *Call) (caller, *Error) {
	g, err := parseSignature(r)
	if err != nil {
		return caller{}, err
	}
	call.AccessKeyID, call.Region = g.keyID, g.region
	if err := g.checkScope(service, s.regions[service]); err != nil {
		return caller{}, err
	}
	if err := g.checkHeaders(r); err != nil {
		return caller{}, err
	}
	now := s.Clock.Now()
	if err := g.checkTime(now); err != nil {
		return caller{}, err
	}
	who, secret, err := s.identify(g, service, now)
	if err != nil {
		return caller{}, err
	}
	if err := g.checkValue(r, body, secret); err != nil {
		return caller{}, err
	}
	call.Caller = who.arn
	if k := s.keys[g.keyID]; k != nil {
		k.used = lastUse{now, service, g.region}
	}
	return who, nil
}

// identify finds the caller of an access key id, and the secret that verifies the signature.
func (st *state) identify(g *signature, service string, now time.Time) (caller, string, *Error) {
	if k := st.keys[g.keyID]; k != nil && g.token == "" && k.valid(now) {
		u := k.user
		return caller{keyID: k.ID, arn: u.ARN(), userID: u.ID, account: u.account.ID, user: u}, k.Secret, nil
	}
	s := st.sessions[g.keyID]
	if s == nil || s.token != g.token {
		return caller{}, "", invalidToken(service)
	}
	if !now.Before(s.Expires) {
		return caller{}, "", refuse(403, "ExpiredToken", "The security token included in the request is expired")
	}
	return caller{keyID: s.AccessKeyID, arn: s.ARN, userID: s.UserID, account: s.Account, user: s.user, session: s}, s.secret, nil
}

// authorize checks what each kind of credential may call, and then the denials of tests.
func (st *state) authorize(who caller, op operation, p params) *Error {
	if op.name == "GetCallerIdentity" || op.name == unsigned { // needs no permission, and cannot be denied
		return nil
	}
	if who.session != nil {
		if err := who.session.may(who, op); err != nil {
			return err
		}
	}
	action := op.service + ":" + op.name
	if s := who.session; s != nil && s.Policies != nil && !allows(s.Policies, action, cmp.Or(p.text("RoleArn"), "*")) {
		err := notAuthorized(who, action, cmp.Or(p.text("RoleArn"), "*"))
		err.Message += " because no session policy allows the " + action + " action"
		return err
	}
	if s := who.session; s != nil && s.revoked(action, cmp.Or(p.text("RoleArn"), "*")) {
		err := notAuthorized(who, action, cmp.Or(p.text("RoleArn"), "*"))
		err.Message += " with an explicit deny in an identity-based policy"
		return err
	}
	if op.name == "GetSessionToken" || !st.denied(who, action) { // policies cannot keep a user from authenticating
		return nil
	}
	resource := p.text("RoleArn")
	if op.service == "iam" {
		resource = "user " + p.text("UserName")
		if p.has("RoleName") {
			resource = "role " + p.text("RoleName")
		} else if !p.has("UserName") && who.user != nil {
			resource = "user " + who.user.Name
		}
	}
	err := notAuthorized(who, action, resource)
	err.Message += " with an explicit deny in an identity-based policy"
	return err
}

func (s *Session) may(who caller, op operation) *Error {
	switch {
	case op.name == "GetSessionToken" || op.name == "GetFederationToken":
		return accessDenied("Cannot call %s with session credentials", op.name)
	case s.Kind == FederationSession && op.service == "sts":
		return notAuthorized(who, "sts:"+op.name, "")
	case s.Kind == FederationSession, s.Kind == UserSession && op.service == "iam" && s.MFA.IsZero():
		return invalidToken(op.service)
	case s.Kind == UserSession && op.service == "sts" && op.name != "AssumeRole":
		return accessDenied("Cannot call %s with session credentials", op.name)
	}
	return nil
}

func (st *state) denied(who caller, action string) bool {
	for _, d := range st.denials {
		matches, _ := path.Match(strings.ToLower(d.Action), strings.ToLower(action))
		mine := d.Principal == who.arn || who.session != nil && who.session.role != nil && d.Principal == who.session.role.arn
		if matches && mine && (!d.WithoutMFA || who.mfa().IsZero()) {
			return true
		}
	}
	return false
}
