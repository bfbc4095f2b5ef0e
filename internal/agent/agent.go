// Package agent decides what a coding agent gets. An agent is a program that must not get
// more than it needs, and that cannot answer questions. The package finds out from a
// process's variables whether an agent runs it, and decides the terms from the profile's
// settings.
//
// A mark in the environment is a hint for defaults, never a boundary: an agent can unset
// it. So a mark can say that there is an agent, but never that there is none.
//
// The package is pure. It does not know how a session is narrowed, who asks questions, or
// where the variables come from.
package agent

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Variable is what says it without a flag; `exec --agent` sets it for its command.
const Variable = "AWS_VAULT_AGENT"

// Flag is what says it on the command line.
const Flag = "--agent"

// Agent is what runs the program, if it is an agent. The zero value is not known to be one.
type Agent struct {
	By   string // what says so: Flag, Variable or the variable of a mark
	Name string // of the agent; empty: not known
}

// Find looks for an agent's marks among the variables.
func Find(getenv func(string) string) Agent {
	switch strings.ToLower(getenv(Variable)) {
	case "", "0", "false", "no", "off": // not set, and no proof of the opposite
	default:
		return Agent{By: Variable}
	}
	for i := range marks {
		m := &marks[i]
		v := getenv(m.variable)
		if v == "" || v == "0" || v == "false" || !strings.HasPrefix(v, m.value) || m.unless != "" && getenv(m.unless) != "" {
			continue
		}
		return Agent{By: m.variable, Name: m.name}
	}
	return Agent{}
}

// Of is the agent for which a line with or without the flag is.
func Of(flag bool, getenv func(string) string) Agent {
	if flag {
		return Agent{By: Flag}
	}
	return Find(getenv)
}

// Said is an agent that was known as one before, by what said so then.
func Said(by string) Agent {
	for i := range marks {
		if by != "" && marks[i].variable == by {
			return Agent{By: by, Name: marks[i].name}
		}
	}
	return Agent{By: by}
}

// Is says that it is an agent.
func (a Agent) Is() bool { return a.By != "" }

// Guessed says that only a mark says so, and neither flag nor Variable.
func (a Agent) Guessed() bool { return a.Is() && a.By != Flag && a.By != Variable }

// Level is what a profile gives to agents: its vault_agent.
type Level int

// The levels.
const (
	ReadOnly Level = iota // unless the profile says otherwise
	Full
	Off
)

// ParseLevel reads a vault_agent.
func ParseLevel(text string) (l Level, ok bool) {
	switch text {
	case "", "read-only":
		return ReadOnly, true
	case "full":
		return Full, true
	case "off":
		return Off, true
	}
	return ReadOnly, false
}

// Profile is what decides about the terms.
type Profile struct {
	Name      string
	Level     Level
	At        string // where vault_agent stands
	Protected bool
	Asked     []string // the policies that flags ask for
	Own       []string // the policies of its vault_policy
}

// Terms decides whether an agent's session is narrowed to reading, or refused. readOnly
// is the name of the policy for that: asked for in another way, it is all right too.
func (a Agent) Terms(p Profile, readOnly string) (narrow bool, err error) {
	only := func(policies []string) bool { return len(policies) == 1 && policies[0] == readOnly }
	full := fmt.Sprintf("vault_agent = full under %s", section(p.Name))
	switch {
	case !a.Is():
		return false, nil
	case p.Level == Off:
		return false, Refuse(fmt.Sprintf("profile %q is closed to agents by vault_agent = off (%s)", p.Name, p.At), "")
	case p.Protected:
		return false, Refuse(fmt.Sprintf("profile %q is protected, and agents get no session of a protected profile", p.Name), "")
	case p.Level == Full:
		return false, nil
	case len(p.Asked) > 0 && !only(p.Asked):
		return false, Refuse(fmt.Sprintf("agents get read-only sessions of %q, so they cannot choose another policy", p.Name), full+" allows it")
	case len(p.Own) > 0 && !only(p.Own):
		return false, Refuse(fmt.Sprintf("profile %q has a vault_policy, which AWS cannot combine with read-only for an agent", p.Name), full+" gives agents what the vault_policy allows")
	}
	return len(p.Asked) == 0 && len(p.Own) == 0, nil
}

// Unnarrowed is the refusal of a profile whose session cannot be narrowed. Both ways out
// are in the sentence.
func (a Agent) Unnarrowed(profile, what, role string) error {
	return &Refusal{
		text: fmt.Sprintf("profile %q cannot be made read-only for an agent, because AWS accepts no policy for %s: ask your user to set vault_narrow_role = %s or vault_agent = full under %s",
			profile, what, role, section(profile)),
	}
}

// Keys is the refusal of long-lived keys. The hint says how there is a session.
func (a Agent) Keys(profile, hint string) error {
	return Refuse(fmt.Sprintf("agents get sessions of %q, and not its long-lived key", profile), hint)
}

// Prints decides whether the credentials of a profile may be printed for an agent.
func (a Agent) Prints(profile string, narrowed bool) error {
	if !a.Is() || narrowed {
		return nil
	}
	return Refuse(fmt.Sprintf("the session of %q is not narrowed, so vault does not print it for an agent", profile), "vault exec PROFILE -- CMD   runs one command with it")
}

// Refusal is what an agent does not get. Its text is one sentence, for the agent's user.
type Refusal struct{ text, hint string }

// Refuse refuses something to an agent, and has it ask its user.
func Refuse(text, hint string) error {
	return &Refusal{text + ": ask your user to do this", hint}
}

// Error gives the sentence.
func (r *Refusal) Error() string { return r.text }

// Hint says what changes it.
func (r *Refusal) Hint() string { return r.hint }

// Kind is that of what needs a person.
func (r *Refusal) Kind() fault.Kind { return fault.Person }

// Opens refuses a browser.
func (a Agent) Opens() error {
	if !a.Is() {
		return nil
	}
	return Refuse("agents cannot open a browser", "--stdout prints the address")
}

// Trusts refuses to trust a directory: what is in it may be the agent's own.
func (a Agent) Trusts() error {
	if !a.Is() {
		return nil
	}
	return Refuse("agents cannot trust a directory or a mount", "in your user's terminal: vault allow")
}

// Edits refuses an editor, which waits for keys. The hint names the file and the line; 0 is
// no line.
func (a Agent) Edits(path string, at int) error {
	if !a.Is() {
		return nil
	}
	place := line.Printable(path)
	if at > 0 {
		place += ":" + strconv.Itoa(at)
	}
	return Refuse("agents cannot open an editor", place+"   is what it would open")
}

// Deletes refuses to take a key out of a keystore, or to put another in its place.
func (a Agent) Deletes() error {
	if !a.Is() {
		return nil
	}
	return Refuse("agents cannot replace or delete stored keys", "")
}

// Revokes refuses to change a role: a denied session may be its user's.
func (a Agent) Revokes() error {
	if !a.Is() {
		return nil
	}
	return Refuse("agents revoke no sessions", "in your user's terminal: vault clear --revoke PROFILE")
}

// Unless opens what a person is asked on, but for an agent, which is asked nothing even
// where it has a terminal.
func Unless[T any](a Agent, open func() (T, error)) (T, error) {
	if a.Is() {
		var none T
		return none, errors.New("an agent runs this, and vault does not ask agents")
	}
	return open()
}

// Unasked is the error of a question that an agent was not asked; other errors stay.
func (a Agent) Unasked(err error) error {
	if !a.Is() || fault.KindOf(err) != fault.Person || fault.IsSilent(err) || errors.As(err, new(*Refusal)) {
		return err
	}
	text, _ := fault.WithoutTerminal(err.Error())
	hint := fault.HintOf(err)
	return &fault.Error{Text: text + ", and vault does not ask agents: ask your user to do this", Hint: hint, Kind: fault.Person, Cause: err}
}

// Note says which mark narrows a session, and what changes that; empty where it was said
// on purpose.
func (a Agent) Note(profile string) string {
	if !a.Guessed() {
		return ""
	}
	return fmt.Sprintf("%s is set, so this is an agent's session of %s: read-only, unless vault_agent = full is set under %s", a.By, profile, section(profile))
}

// Rule is what narrows the session, for people.
func (a Agent) Rule() string { return "the rule for agents, by " + a.By }

// longestName is AWS's limit for the name of a role session.
const longestName = 64

// SessionName is the name of an agent's role session, where the profile sets none.
func (a Agent) SessionName(name string, longest int) string {
	if !a.Is() {
		return name
	}
	const suffix = "-agent"
	if longest = min(longest, longestName); len(name) > longest-len(suffix) {
		name = name[:longest-len(suffix)]
	}
	return name + suffix
}

// Tag is the session tag that a profile can ask for.
func (a Agent) Tag() (key, value string) {
	if a.Name == "" {
		return "vault:agent", "yes"
	}
	return "vault:agent", a.Name
}

func section(profile string) string {
	if profile == "default" {
		return "[default]"
	}
	return "[profile " + profile + "]"
}
