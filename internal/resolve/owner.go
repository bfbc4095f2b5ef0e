package resolve

// NewOwner returns a plan without steps: enough to ask AWS who owns a key that no profile has
// yet. Profile is the one that will get the key; its settings count, if it exists.
func NewOwner(in Inputs) (*Plan, error) {
	in = in.complete()
	l, err := newLink(in, in.Profile, true, true)
	if err != nil {
		return nil, err
	}
	p := &planner{in: in, links: []*link{l}, plan: &Plan{Profile: in.Profile, target: l}}
	if err := p.describe(); err != nil {
		return nil, err
	}
	p.plan.sts, err = p.endpoint(0, l.serial.text)
	return p.plan, err
}
