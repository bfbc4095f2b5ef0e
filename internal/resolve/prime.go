package resolve

// primeVariable switches off what spares passphrases.
const primeVariable = "AWS_VAULT_PRIME"

// sparesPassphrase decides whether a session of the user's is bought first, so that the
// passphrase of the key is asked for once in a working day. session: aws-vault's plan
// begins with a session of the user's.
//
// Not for a role that is wanted for longer than AWS gives one that is assumed with a
// session, and not for a console that outlasts its role: AWS wants the key behind it. Not
// where a profile of the chain is protected: who has the session of a user can assume
// every role that the user may.
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
		return !p.keySerial(-1).given(), nil // one that takes a code serves all day already
	}
	first := roleHop{delivered: len(roles) == 1, first: true}
	return !session && p.roleLife(p.links[roles[0]], first).Duration <= longestChained, nil
}

// primes reads the variable, where it counts.
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

// protects says whether a profile of the chain is protected.
func (p *planner) protects() (bool, error) {
	for _, l := range p.links {
		own, err := l.own("vault_protected").boolean("vault_protected")
		if err != nil || own || p.in.Protected(l.name) {
			return true, err
		}
	}
	return false, nil
}

// primed says whether the plan has a step that spares a passphrase.
func (p *Plan) primed() bool { return p.Prime() >= 0 }

// Prime is the index of the step that spares a passphrase, or -1.
func (p *Plan) Prime() int {
	for i, s := range p.Steps {
		if s.Primes {
			return i
		}
	}
	return -1
}
