package resolve

import (
	"slices"

	"awsvault/internal/agent"
)

// agentRule returns the policies that narrow a session for an agent. It returns none if the
// session is not for an agent, or if the profile gives agents full access.
func (p *planner) agentRule() (wish, error) {
	l := p.links[0]
	v := l.own("vault_agent")
	level, ok := agent.ParseLevel(v.text)
	if !ok {
		return wish{}, v.bad("vault_agent is %q, it must be read-only, full or off", v.text)
	}
	if _, err := l.own("vault_agent_tag").boolean("vault_agent_tag"); err != nil {
		return wish{}, err
	}
	flags, own := wish{p.in.narrowingFlags()}, wish{policiesOf(l.own("vault_policy"))}
	narrow, err := p.in.Agent.Terms(agent.Profile{
		Name: l.name, Level: level, At: v.at, Protected: p.plan.Protected || p.in.Protected(p.in.Profile),
		Asked: flags.texts(), Own: own.texts(),
	}, ReadOnlyPolicy)
	if err != nil || !narrow {
		return wish{}, err
	}
	p.note(p.in.Agent.Note(l.name))
	return wish{[]setting{{text: ReadOnlyPolicy, at: p.in.Agent.Rule()}}}, nil
}

// forAgent marks the session that an agent receives. The sessions before it are those of the
// user, so an MFA code that was typed for them counts for both.
func (p *planner) forAgent() error {
	a := p.in.Agent
	if !a.Is() {
		return nil
	}
	s := &p.plan.Steps[len(p.plan.Steps)-1]
	switch s.Kind {
	case StoredKeys, FileKeys, Environment:
		if !s.Temporary {
			return a.Keys(p.plan.Profile, "leave --no-session out")
		}
	case GetFederationToken:
		s.SessionName = a.SessionName(s.SessionName, longestFederatedName)
	case AssumeRole, WebIdentity:
		if p.deliveredRole().unnamed {
			s.SessionName = a.SessionName(s.SessionName, mostSessionName)
		}
	}
	level, _ := agent.ParseLevel(p.links[0].own("vault_agent").text)
	s.Agent = level != agent.Full
	v := p.links[0].own("vault_agent_tag")
	tag, err := v.boolean("vault_agent_tag")
	if err != nil || !tag || s.Kind != AssumeRole {
		return err
	}
	if len(s.Tags) >= mostTags {
		return v.bad("vault_agent_tag is one session tag too many: AWS allows at most %d", mostTags)
	}
	key, value := a.Tag()
	s.Tags = append(slices.Clone(s.Tags), Tag{key, value})
	return nil
}

// deliveredRole returns the role that the plan delivers.
func (p *planner) deliveredRole() *role {
	for _, l := range p.links {
		if l.role != nil {
			return l.role
		}
	}
	return &role{}
}

// whyAgent says why a setting for agents is not used.
func (p *planner) whyAgent(l *link) string {
	switch {
	case l.name != p.in.Profile:
		return "not used: it applies only to the final session"
	case !p.in.Agent.Is():
		return "for agents: see --agent"
	}
	return ""
}
