package agent

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"awsvault/internal/fault"
)

func TestFind(t *testing.T) {
	for _, r := range []struct {
		vars map[string]string
		by   string
		name string
	}{
		{nil, "", ""},
		{map[string]string{"CLAUDECODE": "1"}, "CLAUDECODE", "claude-code"},
		{map[string]string{"CLAUDECODE": "0"}, "", ""},
		{map[string]string{"CODEX_SANDBOX": "seatbelt"}, "CODEX_SANDBOX", "codex"},
		{map[string]string{"GEMINI_CLI": "1"}, "GEMINI_CLI", "gemini-cli"},
		{map[string]string{"CODEX_CI": "1"}, "CODEX_CI", "codex"},
		{map[string]string{"QWEN_CODE": "1"}, "QWEN_CODE", "qwen-code"},
		{map[string]string{"CRUSH": "1", "AGENT": "crush"}, "CRUSH", "crush"},
		{map[string]string{"CRUSH": "/srv/crush"}, "", ""}, // a name that a person may use
		{map[string]string{"AMP_CURRENT_THREAD_ID": "T-1"}, "AMP_CURRENT_THREAD_ID", "amp"},
		{map[string]string{"COPILOT_CLI": "1"}, "COPILOT_CLI", "copilot-cli"},
		{map[string]string{"VSCODE_AGENT": "1"}, "VSCODE_AGENT", "vscode"},
		{map[string]string{"AGENT": "goose"}, "AGENT", "goose"},
		{map[string]string{"AGENT": "smith"}, "", ""},
		{map[string]string{"AWS_EXECUTION_ENV": "AmazonQ-For-CLI Version/1.2"}, "AWS_EXECUTION_ENV", "amazon-q"},
		{map[string]string{"AWS_EXECUTION_ENV": "AWS_Lambda_go"}, "", ""},
		{map[string]string{"OPENCODE": "1"}, "OPENCODE", "opencode"},
		{map[string]string{"OPENCODE": "1", "OPENCODE_TERMINAL": "1"}, "", ""}, // its user's own terminal
		{map[string]string{"AI_AGENT": "custom-agent@2.0"}, "AI_AGENT", ""},
		{map[string]string{Variable: "1"}, Variable, ""},
		{map[string]string{Variable: "yes", "CLAUDECODE": "1"}, Variable, ""},
		{map[string]string{Variable: "0"}, "", ""},
		{map[string]string{Variable: "0", "CLAUDECODE": "1"}, "CLAUDECODE", "claude-code"}, // never "not an agent"
		// An editor sets these in its user's terminals too, or a user sets them.
		{map[string]string{"CURSOR_TRACE_ID": "x", "TERM_PROGRAM": "vscode", "VSCODE_PID": "1", "REPL_ID": "x", "CODEX_HOME": "/x", "COPILOT_MODEL": "x", "OPENCODE_BIN_PATH": "/x", "ANTIGRAVITY_AGENT": "1"}, "", ""},
	} {
		got := Find(func(name string) string { return r.vars[name] })
		if got.By != r.by || got.Name != r.name {
			t.Errorf("%v: %+v", r.vars, got)
		}
		if back := Said(got.By); back != got && got.By != "AGENT" {
			t.Errorf("%v: remembered as %+v", got, back)
		}
	}
}

func TestEachMarkHasItsSource(t *testing.T) {
	for _, m := range marks {
		if m.variable == "" || m.source == "" || strings.Trim(m.variable, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" {
			t.Errorf("%+v", m)
		}
	}
}

func TestEachMarkIsInThePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/agents.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range marks {
		if !strings.Contains(string(page), "`"+m.variable) {
			t.Errorf("docs/agents.md does not have %s", m.variable)
		}
	}
}

func TestFindIsCheap(t *testing.T) {
	none := func(string) string { return "" }
	if n := testing.AllocsPerRun(100, func() { Find(none) }); n > 0 {
		t.Errorf("%v allocations to find no mark", n)
	}
}

func TestTerms(t *testing.T) {
	const ro = "ReadOnlyAccess"
	some := Agent{By: Flag}
	for _, r := range []struct {
		agent   Agent
		profile Profile
		narrow  bool
		refusal string
	}{
		{Agent{}, Profile{Level: Off, Protected: true, Asked: []string{"AdministratorAccess"}}, false, ""},
		{some, Profile{}, true, ""},
		{some, Profile{Level: Full}, false, ""},
		{some, Profile{Level: Off}, false, "closed to agents"},
		{some, Profile{Protected: true}, false, "protected"},
		{some, Profile{Protected: true, Level: Full}, false, "protected"},
		{some, Profile{Asked: []string{ro}}, false, ""},
		{some, Profile{Asked: []string{"AdministratorAccess"}}, false, "another policy"},
		{some, Profile{Asked: []string{ro, "AdministratorAccess"}}, false, "another policy"},
		{some, Profile{Asked: []string{"AdministratorAccess"}, Level: Full}, false, ""},
		{some, Profile{Own: []string{"./mine.json"}}, false, "vault_policy"},
		{some, Profile{Own: []string{"./mine.json"}, Asked: []string{ro}}, false, "vault_policy"},
		{some, Profile{Own: []string{"./mine.json"}, Level: Full}, false, ""},
		{some, Profile{Own: []string{ro}}, false, ""},
	} {
		r.profile.Name = "dev"
		narrow, err := r.agent.Terms(r.profile, ro)
		if narrow != r.narrow || (err == nil) != (r.refusal == "") || err != nil && !strings.Contains(err.Error(), r.refusal) {
			t.Errorf("%+v: %v %v", r.profile, narrow, err)
		}
		if err != nil && (fault.KindOf(err) != fault.Person || !strings.Contains(err.Error(), "ask your user") || strings.ContainsAny(err.Error(), "\n.")) {
			t.Errorf("not one sentence for a user, with status 3: %v (%d)", err, fault.KindOf(err))
		}
	}
}

func TestUnasked(t *testing.T) {
	some := Agent{By: Flag}
	person, other := fault.NewPerson("it needs a code, and there is no terminal to ask for it on", "a hint"), errors.New("broken")
	if err := (Agent{}).Unasked(person); err != person {
		t.Error("changed for a person")
	}
	if err := some.Unasked(other); err != other {
		t.Error("another error changed")
	}
	refusal := Refuse("no", "")
	if err := some.Unasked(refusal); err != refusal {
		t.Error("a refusal changed")
	}
	err := some.Unasked(person)
	if err.Error() != "it needs a code, and vault does not ask agents: ask your user to do this" || fault.HintOf(err) != "a hint" || fault.KindOf(err) != fault.Person {
		t.Errorf("%v", err)
	}
}

func TestSessionName(t *testing.T) {
	some := Agent{By: Flag}
	for _, r := range [][2]string{{"vault-ana", "vault-ana-agent"}, {strings.Repeat("x", 64), strings.Repeat("x", 58) + "-agent"}} {
		if got := some.SessionName(r[0], 64); got != r[1] {
			t.Errorf("%s: %s", r[0], got)
		}
	}
	if got := (Agent{}).SessionName("vault-ana", 64); got != "vault-ana" {
		t.Error(got)
	}
}

func TestNotes(t *testing.T) {
	for _, by := range []string{"", Flag, Variable} {
		if Said(by).Note("dev") != "" {
			t.Errorf("a line where %q said it", by)
		}
	}
	if note := Said("CLAUDECODE").Note("dev"); !strings.Contains(note, "CLAUDECODE") || !strings.Contains(note, "vault_agent = full") {
		t.Error(note)
	}
	if !slices.Equal([]string{section("default"), section("dev")}, []string{"[default]", "[profile dev]"}) {
		t.Error("sections")
	}
}
