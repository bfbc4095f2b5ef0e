package hooks

import (
	"testing"
	"time"
)

func TestTheStatementsOfGuards(t *testing.T) {
	two := []string{"cdk", "terraform"}
	for _, c := range []struct {
		shell        string
		change       Change
		script, said string
	}{
		{"zsh", Change{}, "__vault_guard_list", ""},
		{"zsh", Change{Names: two, Least: 90 * time.Second}, "__vault_guard_on 90 cdk terraform", "cdk, terraform  guarded in this shell"},
		{"bash", Change{Names: two, Least: 1500 * time.Millisecond}, "__vault_guard_on 2 cdk terraform", "cdk, terraform  guarded in this shell"},
		{"powershell", Change{Names: two, Least: time.Minute, Scripts: "'/s/guard-'"}, "__vault_guard_on 60 '/s/guard-' @('cdk', 'terraform')", "cdk, terraform  guarded in this shell"},
		{"fish", Change{Off: true, Names: two}, "__vault_guard_off cdk terraform", "cdk, terraform  no longer guarded"},
		{"powershell", Change{Off: true, Names: two}, "__vault_guard_off @('cdk', 'terraform')", "cdk, terraform  no longer guarded"},
		{"fish", Change{Off: true}, "__vault_guard_off", "no program is guarded in this shell"},
	} {
		guards, err := GuardsOf(c.shell)
		if err != nil {
			t.Fatal(err)
		}
		if script, said := guards.Script(c.change); script != c.script || said != c.said {
			t.Errorf("%s, %+v: %q, %q", c.shell, c.change, script, said)
		}
	}
	for _, shell := range []string{"nushell", "xonsh", "elvish", "cmd", ""} {
		if _, err := GuardsOf(shell); err == nil {
			t.Errorf("%q can guard programs", shell)
		}
	}
}
