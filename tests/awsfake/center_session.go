package awsfake

import "time"

// ssoState is the state of all Identity Centers.
type ssoState struct {
	centers  []*Center
	clients  map[string]*oidcClient  // by id
	signIns  map[string]*signIn      // by user code, or by id of the page
	devices  map[string]*signIn      // by device code
	codes    map[string]*signIn      // by authorization code
	tokens   map[string]*accessToken // by value
	refresh  map[string]*refreshToken
	sessions []*portalSession
}

func newSSOState() ssoState {
	return ssoState{
		clients: map[string]*oidcClient{}, signIns: map[string]*signIn{}, devices: map[string]*signIn{}, codes: map[string]*signIn{},
		tokens: map[string]*accessToken{}, refresh: map[string]*refreshToken{},
	}
}

// portalSession is one person's sign-in. Its tokens are valid only as long as the session.
type portalSession struct {
	person *Person
	ends   time.Time
	ended  bool // logged out, or revoked
}

func (s *portalSession) alive(now time.Time) bool { return !s.ended && now.Before(s.ends) }

type accessToken struct {
	session *portalSession
	portal  bool // its scopes let it call the portal
	expires time.Time
}

type refreshToken struct {
	session *portalSession
	client  *oidcClient
}

// signIn is a question that a person answers in the browser: for a device code, or on the
// authorize page.
type signIn struct {
	center  *Center
	client  *oidcClient
	expires time.Time
	answer  answerOfPerson
	person  *Person // who has allowed it
	used    bool    // its code has been exchanged

	polled                        time.Time // of a device code
	redirectURI, state, challenge string    // of an authorize page
}

type answerOfPerson string

const (
	noAnswer answerOfPerson = ""
	allowed  answerOfPerson = "allow"
	refused  answerOfPerson = "deny"
)
