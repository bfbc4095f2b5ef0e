package awsfake

import (
	"fmt"
	"net/http"
	"strconv"
)

// ssoControls returns the part of the control endpoint for Identity Center:
//
//	GET    /_fake/sso/codes                ["ABCD-EFGH"...]  user codes that wait for a person
//	POST   /_fake/sso/approve              {}          user_code=, person=
//	POST   /_fake/sso/deny                 {}          user_code=
//	POST   /_fake/sso/unattended           {}          person= who is signed in without a click; empty: nobody
//	POST   /_fake/sso/revoke               {}          person= whose sessions all end
//	POST   /_fake/sso/expire-registrations {}
//	POST   /_fake/sso/rate                 {}          per_second= calls of the portal; 0: any number
func (s *Server) ssoControls() map[string]func(*http.Request) (any, error) {
	done := struct{}{}
	return map[string]func(*http.Request) (any, error){
		"GET /_fake/sso/codes": func(*http.Request) (any, error) { return append([]string{}, s.UserCodes()...), nil },
		"POST /_fake/sso/approve": func(r *http.Request) (any, error) {
			p, err := s.findPerson(r)
			if err != nil {
				return nil, err
			}
			return done, p.Approve(r.FormValue("user_code"))
		},
		"POST /_fake/sso/deny": func(r *http.Request) (any, error) {
			return done, (&Center{state: s.state}).Deny(r.FormValue("user_code"))
		},
		"POST /_fake/sso/unattended": func(r *http.Request) (any, error) {
			if r.FormValue("person") == "" {
				for _, c := range s.centers() {
					c.SetUnattended(nil)
				}
				return done, nil
			}
			p, err := s.findPerson(r)
			if err != nil {
				return nil, err
			}
			p.center.SetUnattended(p)
			return done, nil
		},
		"POST /_fake/sso/revoke": func(r *http.Request) (any, error) {
			p, err := s.findPerson(r)
			if err != nil {
				return nil, err
			}
			p.Revoke()
			return done, nil
		},
		"POST /_fake/sso/expire-registrations": func(*http.Request) (any, error) {
			s.ExpireRegistrations()
			return done, nil
		},
		"POST /_fake/sso/rate": func(r *http.Request) (any, error) {
			n, err := strconv.Atoi(r.FormValue("per_second"))
			if err != nil {
				return nil, err
			}
			for _, c := range s.centers() {
				c.SetRate(n)
			}
			return done, nil
		},
	}
}

func (s *Server) centers() []*Center {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sso.centers
}

func (s *Server) findPerson(r *http.Request) (*Person, error) {
	for _, c := range s.centers() {
		if p := c.Person(r.FormValue("person")); p != nil {
			return p, nil
		}
	}
	return nil, fmt.Errorf("nobody is called %q", r.FormValue("person"))
}
