package resolve

// primeVariable switches off the sessions that save passphrases.
const primeVariable = "AWS_VAULT_PRIME"

// sparesPassphrase decides whether the plan begins with a session of the user, so that the
// person types the key's passphrase only once in a working day. session means that aws-vault's
// plan begins with such a session anyway.
//
// There is no such session for a role that should last longer than AWS allows with a session,
// and none for a console that outlasts its role: both need the key itself. There is none if a
// profile of the chain is protected, because the session of a user can assume every role that
// the user may.
func (p *planner) sparesPassphrase(base Step, roles []int, session bool) (bool, error) {
	on, err := p.in.primes()
	switch {
	case err != nil || !on || base.Kind != StoredKeys || p.in.Key || p.in.NoSession:
		return false, err
	case p.in.Console && p.in.Duration > 0:
		return false, nil
	}
	if protected, err := p.protects(); err != nil || protected {
		return false, err
	}
	if len(roles) == 0 {
		return !p.keySerial(-1).given(), nil // a session that needs a code already serves all day
	}
	first := roleHop{delivered: len(roles) == 1, first: true}
	return !session && p.roleLife(p.links[roles[0]], first).Duration <= longestChained, nil
}

// primes reads the variable, if a passphrase is needed at all.
func (in Inputs) primes() (bool, error) {
	if !in.Prime {
		return false, nil
	}
	switch text := in.Getenv(primeVariable); text {
	case "", "auto":
		return true, nil
	case "never":
		return false, nil
	default:
		return false, setting{text: text, at: primeVariable}.plain("%q is neither auto nor never", text)
	}
}

// protects reports whether a profile of the chain is protected.
func (p *planner) protects() (bool, error) {
	for _, l := range p.links {
		own, err := l.own("vault_protected").boolean("vault_protected")
		if err != nil || own || p.in.Protected(l.name) {
			return true, err
		}
	}
	return false, nil
}

// primed reports whether the plan has a step that saves a passphrase.
func (p *Plan) primed() bool { return p.Prime() >= 0 }

// Prime returns the index of the step that saves a passphrase, or -1.
func (p *Plan) Prime() int {
	for i, s := range p.Steps {
		if s.Primes {
			return i
		}
	}
	return -1
}
