package awsfake

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Center is an instance of IAM Identity Center. It knows who may sign in at a start URL, and
// which roles each person has in which accounts.
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

// Person is a user of an Identity Center, who signs in with a browser.
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

// center finds an Identity Center by its start URL. The URL may end with a slash or /#/.
func (st *state) center(startURL string) *Center {
	for _, c := range st.sso.centers {
		if trimStart(c.StartURL) == trimStart(startURL) {
			return c
		}
	}
	return nil
}

func trimStart(u string) string { return strings.TrimRight(u, "/#") }

// AddPerson adds a person, who may then sign in.
func (c *Center) AddPerson(name string) *Person {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	p := &Person{Name: name, center: c, accounts: map[string]map[string]*role{}}
	c.people[name] = p
	return p
}

// Person finds a person by name, or returns nil.
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

// SetInterval sets the minimum time between two polls of a device code.
func (c *Center) SetInterval(d time.Duration) { c.set(func() { c.interval = d }) }

// SetUnattended signs a person in without a click in the browser, as after an earlier
// sign-in: new device codes are approved at once, and the authorize page redirects at once.
// Nil ends that.
func (c *Center) SetUnattended(p *Person) { c.set(func() { c.unattended = p }) }

// SetRotation sets whether a refresh returns a new refresh token and ends the old one. By
// default it does.
func (c *Center) SetRotation(on bool) { c.set(func() { c.keep = !on }) }

// SetRate limits how many calls per second the portal answers. It answers 429 to further
// calls. 0 means no limit.
func (c *Center) SetRate(perSecond int) {
	c.set(func() { c.rate = bucket{perSecond: float64(perSecond)} })
}

func (c *Center) set(change func()) {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	change()
}

// Assign gives a person a permission set in an account, and returns the ARN of its role
// there. session is how long its sessions last; zero means one hour.
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

// Unassign removes an assignment. Credentials that were issued stay valid.
func (p *Person) Unassign(a *Account, set string) {
	p.center.set(func() {
		delete(p.accounts[a.ID], set)
		if len(p.accounts[a.ID]) == 0 {
			delete(p.accounts, a.ID)
		}
	})
}

// Revoke ends every session of the person, as an administrator can. Tokens end at once, even
// before they expire. Credentials of roles stay valid.
func (p *Person) Revoke() {
	p.center.set(func() {
		for _, s := range p.center.state.sso.sessions {
			s.ended = s.ended || s.person == p
		}
	})
}

// bucket counts calls against a rate. The calls of one second may arrive all at once.
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
