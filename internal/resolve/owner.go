package resolve

// NewOwner is a plan without steps: enough to ask AWS whose a key is that no
// profile has yet. Profile is the one that will have it; its settings count, if
// there are any.
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
