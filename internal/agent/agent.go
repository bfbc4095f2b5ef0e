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

// Variable names the environment variable that marks a call as an agent's. `exec --agent` sets
// it for its command.
const Variable = "AWS_VAULT_AGENT"

// Flag marks a call as an agent's on the command line.
const Flag = "--agent"

// Agent describes the agent that runs the program. The zero value means that no agent is known
// to run it.
type Agent struct {
	By   string // how it was recognised: Flag, Variable or the variable of a mark
	Name string // the agent's name; empty if it is unknown
}

// Find looks for an agent's marks among the variables.
func Find(getenv func(string) string) Agent {
	switch strings.ToLower(getenv(Variable)) {
	case "", "0", "false", "no", "off": // not set, which does not prove that a person runs it
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

// Of returns the agent behind a command line. flag reports whether the line has [Flag].
func Of(flag bool, getenv func(string) string) Agent {
	if flag {
		return Agent{By: Flag}
	}
	return Find(getenv)
}

// Said returns the agent that an earlier call recognised. by is that call's Agent.By.
func Said(by string) Agent {
	for i := range marks {
		if by != "" && marks[i].variable == by {
			return Agent{By: by, Name: marks[i].name}
		}
	}
	return Agent{By: by}
}

// Is reports whether an agent runs the program.
func (a Agent) Is() bool { return a.By != "" }

// Guessed reports whether only a mark points to an agent, and neither Flag nor Variable does.
func (a Agent) Guessed() bool { return a.Is() && a.By != Flag && a.By != Variable }

// Level says what a profile allows to agents: its vault_agent.
type Level int

// The levels.
const (
	ReadOnly Level = iota // the default
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

// Profile holds the settings of a profile that [Agent.Terms] looks at.
type Profile struct {
	Name      string
	Level     Level
	At        string // the position of vault_agent
	Protected bool
	Asked     []string // the policies that flags ask for
	Own       []string // the policies in its vault_policy
}

// Terms decides whether an agent's session is refused or narrowed to reading. readOnly is the
// name of the read-only policy: an agent may also ask for that policy itself.
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

// Unnarrowed returns the refusal for a profile whose session cannot be narrowed. Its text
// names both ways out.
func (a Agent) Unnarrowed(profile, what, role string) error {
	return &Refusal{
		text: fmt.Sprintf("profile %q cannot be made read-only for an agent, because AWS accepts no policy for %s: ask your user to set vault_narrow_role = %s or vault_agent = full under %s",
			profile, what, role, section(profile)),
	}
}

// Keys returns the refusal of long-lived keys. The hint says how to get a session instead.
func (a Agent) Keys(profile, hint string) error {
	return Refuse(fmt.Sprintf("agents get sessions of %q, and not its long-lived key", profile), hint)
}

// Prints refuses to print a profile's credentials for an agent, unless they are narrowed.
func (a Agent) Prints(profile string, narrowed bool) error {
	if !a.Is() || narrowed {
		return nil
	}
	return Refuse(fmt.Sprintf("the session of %q is not narrowed, so vault does not print it for an agent", profile), "vault exec PROFILE -- CMD   runs one command with it")
}

// Refusal is the error for something that an agent may not do. Its text is one sentence,
// written for the agent's user.
type Refusal struct{ text, hint string }

// Refuse returns a refusal that tells the agent to ask its user.
func Refuse(text, hint string) error {
	return &Refusal{text + ": ask your user to do this", hint}
}

// Error returns the sentence.
func (r *Refusal) Error() string { return r.text }

// Hint returns what would change the answer.
func (r *Refusal) Hint() string { return r.hint }

// Kind returns [fault.Person], because a person has to act.
func (r *Refusal) Kind() fault.Kind { return fault.Person }

// Opens refuses to open a browser.
func (a Agent) Opens() error {
	if !a.Is() {
		return nil
	}
	return Refuse("agents cannot open a browser", "--stdout prints the address")
}

// Trusts refuses to trust a directory, because the agent may have written its contents.
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

// Revokes refuses to change a role, because that could end sessions of the agent's user.
func (a Agent) Revokes() error {
	if !a.Is() {
		return nil
	}
	return Refuse("agents revoke no sessions", "in your user's terminal: vault clear --revoke PROFILE")
}

// Unless calls open, which opens the terminal for questions. For an agent it returns an error
// instead: vault asks an agent nothing, even on a terminal.
func Unless[T any](a Agent, open func() (T, error)) (T, error) {
	if a.Is() {
		var none T
		return none, errors.New("an agent runs this, and vault does not ask agents")
	}
	return open()
}

// Unasked rewrites the error of a question that vault did not ask because an agent runs it. It
// returns other errors unchanged.
func (a Agent) Unasked(err error) error {
	if !a.Is() || fault.KindOf(err) != fault.Person || fault.IsSilent(err) || errors.As(err, new(*Refusal)) {
		return err
	}
	text, _ := fault.WithoutTerminal(err.Error())
	hint := fault.HintOf(err)
	return &fault.Error{Text: text + ", and vault does not ask agents: ask your user to do this", Hint: hint, Kind: fault.Person, Cause: err}
}

// Note says which mark narrows a session and what would change that. It is empty if a person
// asked for it with [Flag] or [Variable].
func (a Agent) Note(profile string) string {
	if !a.Guessed() {
		return ""
	}
	return fmt.Sprintf("%s is set, so this is an agent's session of %s: read-only, unless vault_agent = full is set under %s", a.By, profile, section(profile))
}

// Rule describes, for people, the rule that narrows the session.
func (a Agent) Rule() string { return "the rule for agents, by " + a.By }

// longestName is AWS's limit for the name of a role session.
const longestName = 64

// SessionName returns the name of an agent's role session. The caller uses it where the
// profile sets no name.
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

// Tag returns the session tag for an agent, which a profile can ask for.
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
