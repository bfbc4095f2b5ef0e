package awsfake

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Center is an instance of IAM Identity Center: who may sign in at a start URL,
// and which roles of which accounts that person then has.
type Center struct {
	StartURL, Region string

	state      *state
	people     map[string]*Person
	life       time.Duration // of a portal session
	interval   time.Duration // between two polls of a device code
	unattended *Person
	keep       bool // refresh tokens are not rotated
	rate       bucket
}

// Person is a user of an Identity Center, who signs in with the browser.
type Person struct {
	Name string // becomes the session name of roles

	center   *Center
	accounts map[string]map[string]*role // by account id and permission set
}

const ssoScope = "sso:account:access" // without it there is no portal

// AddCenter creates an Identity Center in a region. Its sessions last 8 hours.
func (s *Server) AddCenter(startURL, region string) *Center {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &Center{StartURL: startURL, Region: region, state: s.state, people: map[string]*Person{}, life: 8 * time.Hour, interval: time.Second}
	s.sso.centers = append(s.sso.centers, c)
	return c
}

// center finds an Identity Center by start URL, which is also written with a trailing slash or /#/.
func (st *state) center(startURL string) *Center {
	for _, c := range st.sso.centers {
		if trimStart(c.StartURL) == trimStart(startURL) {
			return c
		}
	}
	return nil
}

func trimStart(u string) string { return strings.TrimRight(u, "/#") }

// AddPerson lets somebody sign in.
func (c *Center) AddPerson(name string) *Person {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	p := &Person{Name: name, center: c, accounts: map[string]map[string]*role{}}
	c.people[name] = p
	return p
}

// Person finds somebody by name, or returns nil.
func (c *Center) Person(name string) *Person {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	return c.people[name]
}

func (c *Center) names() []string { return slices.Sorted(maps.Keys(c.people)) }

// SetSession sets how long sign-ins last from now on: 15 minutes to 90 days.
func (c *Center) SetSession(life time.Duration) {
	if life < 15*time.Minute || life > 90*24*time.Hour {
		panic(fmt.Sprintf("awsfake: portal session of %s", life))
	}
	c.set(func() { c.life = life })
}

// SetInterval sets how far apart polls of a device code have to be.
func (c *Center) SetInterval(d time.Duration) { c.set(func() { c.interval = d }) }

// SetUnattended signs a person in without a browser's click, as one would who
// has clicked before: device codes are approved as they are made, and the
// authorize page redirects at once. Nil ends that.
func (c *Center) SetUnattended(p *Person) { c.set(func() { c.unattended = p }) }

// SetRotation says whether a refresh answers with a new refresh token and ends the old one. It does, unless set.
func (c *Center) SetRotation(on bool) { c.set(func() { c.keep = !on }) }

// SetRate lets the portal answer so many calls in a second, and 429 to more; 0 is without limit.
func (c *Center) SetRate(perSecond int) {
	c.set(func() { c.rate = bucket{perSecond: float64(perSecond)} })
}

func (c *Center) set(change func()) {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	change()
}

// Assign gives a person a permission set in an account, whose sessions last so
// long (one hour if zero), and returns the ARN of its role there.
func (p *Person) Assign(a *Account, set string, session time.Duration) string {
	c := p.center
	path := "/aws-reserved/sso.amazonaws.com/"
	if c.Region != "us-east-1" {
		path += c.Region + "/"
	}
	sum := sha256.Sum256([]byte(c.StartURL + a.ID + set))
	arn := a.AddRole(Role{Path: path, Name: fmt.Sprintf("AWSReservedSSO_%s_%x", set, sum[:8]), MaxSession: session})
	c.set(func() {
		if p.accounts[a.ID] == nil {
			p.accounts[a.ID] = map[string]*role{}
		}
		p.accounts[a.ID][set] = c.state.roles[arn]
	})
	return arn
}

// Unassign takes it away again. Credentials that were issued stay good.
func (p *Person) Unassign(a *Account, set string) {
	p.center.set(func() {
		delete(p.accounts[a.ID], set)
		if len(p.accounts[a.ID]) == 0 {
			delete(p.accounts, a.ID)
		}
	})
}

// Revoke ends every session of the person, as an administrator does: tokens end
// at once, whatever their time; credentials of roles stay good.
func (p *Person) Revoke() {
	p.center.set(func() {
		for _, s := range p.center.state.sso.sessions {
			s.ended = s.ended || s.person == p
		}
	})
}

// bucket counts calls against a rate; a second's worth may come at once.
type bucket struct {
	perSecond, left float64
	at              time.Time
}

func (b *bucket) take(now time.Time) bool {
	if b.perSecond == 0 {
		return true
	}
	b.left = min(b.perSecond, b.left+now.Sub(b.at).Seconds()*b.perSecond)
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
