package shells

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// item is one item of the checklists for shell hooks (the traps that other hooks
// fell into): a test on the real shell, named after it, or the reason why this
// machine cannot run it.
type item struct {
	name   string // "bash/07-ifs"
	claim  string // what the test shows, one line
	test   func(t *testing.T)
	cannot string // instead of test
}

// checklists are all of them, by shell, in their order.
var checklists = []struct {
	title string
	items []item
}{
	{"bash", bashChecklist},
	{"zsh", zshChecklist},
	{"fish", fishChecklist},
	{"PowerShell", powershellChecklist},
	{"nushell", dataChecklist("nushell")},
	{"xonsh", dataChecklist("xonsh")},
	{"elvish", dataChecklist("elvish")},
	{"all shells", everyChecklist},
}

func TestChecklist(t *testing.T) {
	seen := map[string]bool{}
	for _, list := range checklists {
		for _, i := range list.items {
			if seen[i.name] || (i.test == nil) == (i.cannot == "") || i.claim == "" {
				t.Errorf("%s: twice, or without a claim, or not either a test or a reason", i.name)
			}
			seen[i.name] = true
			if i.test != nil {
				t.Run(i.name, i.test)
			}
		}
	}
}

var update = flag.Bool("update", false, "write COVERAGE.md anew")

func TestCoveragePageIsOfTheseTests(t *testing.T) {
	var page strings.Builder
	page.WriteString("# What is tested on the real shells\n\nGenerated: `go test ./tests/shells -run TestCoveragePage -update`. One line per item of the checklists for shell hooks.\n")
	for _, list := range checklists {
		fmt.Fprintf(&page, "\n## %s\n\n| test | shows |\n|---|---|\n", list.title)
		for _, i := range list.items {
			claim := i.claim
			if i.cannot != "" {
				claim += ". **Not here:** " + i.cannot
			}
			fmt.Fprintf(&page, "| `%s` | %s |\n", i.name, strings.ReplaceAll(claim, "|", "\\|"))
		}
	}
	const path = "COVERAGE.md"
	if *update {
		if err := os.WriteFile(path, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || string(have) != page.String() {
		t.Errorf("%s is stale (%v): run the line in it", path, err)
	}
}
