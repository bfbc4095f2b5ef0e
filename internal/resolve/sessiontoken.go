package resolve

// addSession plans GetSessionToken for the profile that has the keys, to use itself or to
// assume roles with. spares means that the session should also save a passphrase.
func (p *planner) addSession(roles []int, spares bool) error {
	i := len(p.links) - 1
	delivered := len(roles) == 0
	consumer := p.consumer(roles) // -1 for the user's own session: the serials of the whole chain then count
	serial := p.keySerial(consumer)
	if spares && !delivered {
		consumer = roles[0]
		serial = p.links[consumer].serial // the role's code, if it needs one
	}
	wanted, most, err := p.root().sessionLife(p.in, delivered, serial.given() || spares)
	if err != nil {
		return err
	}
	duration, note := wanted.within(p.root().name, "a session", longestSession)
	p.note(note)

	process := p.mfaProcess(i)
	if process == "" {
		process = p.mfaProcess(max(consumer, 0))
	}
	arns := []string{serial.text}
	if consumer >= 0 {
		arns = append(arns, p.links[consumer].role.ARN)
	}
	endpoint, err := p.endpoint(i, arns...)
	if err != nil {
		return err
	}
	s := Step{Kind: GetSessionToken, Profile: p.root().name, Duration: duration, MFASerial: serial.text, Endpoint: endpoint, Primes: spares}
	if s.MFASerial != "" {
		s.MFAProcess = process
	}
	if s.bought() && most {
		s.Most = duration
	}
	p.add(s, wanted.limit(longestSession))
	return nil
}

// primes decides whether GetSessionToken comes first, as in aws-vault: always for a user's own
// session; for a role only if that saves MFA codes, because the role asks for a code from the
// same device as the keys. It does not if the only role should last longer than AWS allows
// with a session, or if the keys belong to the role's own profile.
//
// Keys from the environment are always exchanged for a session: once a profile is active, the
// shell hides these keys from programs, and the session remains.
func (p *planner) primes(base Step, roles []int) bool {
	if p.in.NoSession {
		return false
	}
	if len(roles) == 0 {
		return true
	}
	if len(roles) == 1 && p.links[roles[0]].role.wanted(p.in, true).Duration > longestChained {
		return false
	}
	if base.Kind == Environment && !p.in.Console {
		return true
	}
	consumer := p.consumer(roles)
	if consumer < 0 {
		return false
	}
	serial := p.links[consumer].serial
	return serial.given() && serial.text == p.keySerial(consumer).text
}

// consumer returns the first role above the keys, or -1. A role of the keys' own profile is
// not above them.
func (p *planner) consumer(roles []int) int {
	for _, i := range roles {
		if i < len(p.links)-1 {
			return i
		}
	}
	return -1
}

// keySerial returns the MFA device for the keys, as seen from the role at consumer: that of
// the keys' profile, or of a profile in between that has no role and only passes credentials
// on.
func (p *planner) keySerial(consumer int) setting {
	for _, l := range p.links[consumer+1:] {
		if l.serial.given() {
			return l.serial
		}
	}
	return setting{}
}
