package awsfake

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

const deviceCodeLife = 10 * time.Minute

func (q *webRequest) startDeviceAuthorization() (any, *Error) {
	c, err := q.client()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(c.grants, grantDevice) {
		return nil, refuse(400, "UnauthorizedClientException", "Client is not authorized to use this grant type")
	}
	center := q.center(q.text("startUrl"))
	if center == nil || !sameRegion(center.Region, q.region) {
		return nil, oidcInvalid("Invalid start url provided")
	}
	in := &signIn{center: center, client: c, expires: q.now.Add(deviceCodeLife)}
	if center.unattended != nil {
		in.answer, in.person = allowed, center.unattended
	}
	code := newToken(120)
	letters := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + 'B'
		}
		return r
	}, newID(""))
	user := letters[:4] + "-" + letters[4:8]
	q.sso.devices[code], q.sso.signIns[user] = in, in
	uri := q.address() + "/device"
	return struct {
		DeviceCode      string `json:"deviceCode"`
		UserCode        string `json:"userCode"`
		VerificationURI string `json:"verificationUri"`
		Complete        string `json:"verificationUriComplete"`
		ExpiresIn       int    `json:"expiresIn"`
		Interval        int    `json:"interval"`
	}{code, user, uri, uri + "?user_code=" + url.QueryEscape(user), int(deviceCodeLife / time.Second), max(1, int(center.interval/time.Second))}, nil
}

func (q *webRequest) devicePage() (any, *Error) {
	const title = "Authorize request"
	if q.text("user_code") == "" {
		return webPage{Title: title, Text: "Enter the code that your device shows.", Action: "/device", Ask: "user_code"}, nil
	}
	in, err := q.waiting(q.text("user_code"))
	if err != nil {
		return nil, err
	}
	return webPage{
		Title: title, Text: fmt.Sprintf("Code %s. Allow %s to access your data?", q.text("user_code"), in.client.name),
		Action: "/device", Hidden: map[string]string{"user_code": q.text("user_code")}, People: in.center.names(),
	}, nil
}

func (q *webRequest) answerDevice() (any, *Error) {
	if q.text("decision") == "" {
		return redirect("/device?user_code=" + url.QueryEscape(q.text("user_code"))), nil
	}
	in, err := q.waiting(q.text("user_code"))
	if err != nil {
		return nil, err
	}
	if err := in.decide(q.text("decision"), q.text("person")); err != nil {
		return nil, err
	}
	if in.answer == refused {
		return webPage{Title: "Request denied", Text: "You can close this window."}, nil
	}
	return webPage{Title: "Request approved", Text: "You can close this window and return to your device."}, nil
}

// waiting finds a sign-in that no person has answered yet.
func (q *webRequest) waiting(id string) (*signIn, *Error) {
	in := q.sso.signIns[strings.ToUpper(id)]
	switch {
	case in == nil:
		return nil, oidcInvalid("The code is not known.")
	case !q.now.Before(in.expires):
		return nil, oidcInvalid("The code has expired.")
	case in.answer != noAnswer:
		return nil, oidcInvalid("The request has been answered.")
	}
	return in, nil
}

// decide is the click on a button. Without a name it stands for the only person there is.
func (in *signIn) decide(decision, name string) *Error {
	if answerOfPerson(decision) == refused {
		in.answer = refused
		return nil
	}
	if names := in.center.names(); name == "" && len(names) == 1 {
		name = names[0]
	}
	p := in.center.people[name]
	if answerOfPerson(decision) != allowed || p == nil {
		return oidcInvalid("Nobody is called %q.", name)
	}
	in.answer, in.person = allowed, p
	return nil
}

// UserCodes returns the user codes that wait for a person, in order.
func (s *Server) UserCodes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var codes []string
	for code, in := range s.sso.signIns {
		if in.redirectURI == "" && in.answer == noAnswer && s.clock.Now().Before(in.expires) {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}

// Approve allows a device code for a person, without a browser.
func (p *Person) Approve(userCode string) error { return p.center.answer(userCode, allowed, p.Name) }

// Deny refuses a device code, without a browser.
func (c *Center) Deny(userCode string) error { return c.answer(userCode, refused, "") }

func (c *Center) answer(userCode string, a answerOfPerson, person string) error {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	q := webRequest{state: c.state, now: c.state.clock.Now()}
	in, err := q.waiting(userCode)
	if err == nil {
		err = in.decide(string(a), person)
	}
	if err != nil {
		return fmt.Errorf("user code %q: %s", userCode, err.Message)
	}
	return nil
}
