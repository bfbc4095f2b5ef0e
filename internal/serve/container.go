package serve

import (
	"net/http"
	"strings"

	"awsvault/internal/aws"
)

// rolePath comes before the ARN of a role to assume with a lease's credentials.
const rolePath = "/role-arn/"

// answerContainer answers as a container's credential endpoint does.
func (s *Server) answerContainer(r *http.Request, e *Entry) reply {
	rest, ok := strings.CutPrefix(r.URL.Path, containerPath)
	id, arn, role := strings.Cut(rest, rolePath)
	l := s.find(id, r.Header.Get("Authorization"))
	if !ok || l == nil {
		e.Name = s.nameOf(id)
		return s.strange()
	}
	e.Name = l.Name
	if !role {
		return l.deliver(&l.supply, e)
	}
	return s.deliverRole(l, arn, e)
}

// deliverRole answers with a role that is assumed with the lease's credentials.
func (s *Server) deliverRole(l *lease, arn string, e *Entry) reply {
	if l.Role == nil {
		return no(http.StatusForbidden, "Refused", "vault: "+l.Name+": roles cannot be asked for here")
	}
	if parsed, ok := aws.ParseARN(arn); !ok || parsed.Service != "iam" || !strings.HasPrefix(parsed.Resource, "role/") {
		return no(http.StatusBadRequest, "BadRequest", "vault: what follows "+rolePath+" is not the ARN of a role")
	}
	from, err := s.role(l, arn)
	if err != nil {
		return failed(l.Name, err)
	}
	return l.deliver(from, e)
}

// deliver answers with credentials from one of the lease's supplies.
func (l *lease) deliver(from *supply, e *Entry) reply {
	got, err := l.obtain(from)
	if err != nil {
		return failed(l.Name, err)
	}
	e.Until = got.Expires
	return credentials(got)
}

// credentials is the JSON document that the SDKs read.
func credentials(a Answer) reply {
	type shape struct {
		AccessKeyId, SecretAccessKey, Token, Expiration string
		AccountId                                       string `json:",omitempty"`
		RoleArn                                         string `json:",omitempty"`
	}
	return document(http.StatusOK, shape{a.AccessKeyID, a.SecretAccessKey, a.SessionToken, stamp(a.Expires), a.Account, a.RoleARN})
}

// strange is the answer for an unknown lease and for a wrong token. It slows down programs
// that guess, but none that has a valid token.
func (s *Server) strange() reply {
	s.mu.Lock()
	late := !s.wrong.take(s.now())
	s.mu.Unlock()
	if late {
		return no(http.StatusTooManyRequests, "TooManyRequests", "vault: too many requests with a wrong token")
	}
	return no(http.StatusForbidden, "Forbidden", "vault: unknown address or wrong token; perhaps the server was restarted, or vault off ended the lease")
}
