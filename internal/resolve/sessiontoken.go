package resolve

// addSession plans GetSessionToken for the profile that has the keys: for
// itself, or to assume roles with.
func (p *planner) addSession(roles []int) error {
	i := len(p.links) - 1
	delivered := len(roles) == 0
	consumer := p.consumer(roles) // -1 for the user's own session: then the serials of the whole chain count
	serial := p.keySerial(consumer)
	wanted, most, err := p.root().sessionLife(p.in, delivered, serial.given())
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
	s := Step{Kind: GetSessionToken, Profile: p.root().name, Duration: duration, MFASerial: serial.text, Endpoint: endpoint}
	if s.MFASerial != "" {
		s.MFAProcess = process
		if most {
			s.Most = duration
		}
	}
	p.add(s, wanted.limit(longestSession))
	return nil
}
