package call

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/renew"
)

func keys(set map[string]bool) string {
	return strings.Join(slices.Sorted(maps.Keys(set)), " ")
}

func TestTheFactsOfAHook(t *testing.T) {
	s, rest, err := Read([]string{
		"fish", "--readonly=AWS_REGION,PATH", "--kept=__vault_kept_AWS_PROFILE", "--universal=AWS_SECRET_ACCESS_KEY", "--hidden=AWS_PROFILE", "--previous=dev",
		"--dir=/p", "--hand=/p//.awsprofile", "--stamp=x", "--pid=12", "--loader=1", "--person=1", "--tries=3", "--", "use", "--", "prod",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rest, " "); got != "use -- prod" {
		t.Errorf("the command is %q", got)
	}
	if keys(s.Readonly) != "AWS_REGION" || keys(s.Kept) != "AWS_PROFILE" || keys(s.Universal) != "AWS_SECRET_ACCESS_KEY" || keys(s.Hidden) != "AWS_PROFILE" {
		t.Errorf("names: %v %v %v %v", s.Readonly, s.Kept, s.Universal, s.Hidden)
	}
	if s.Name != "fish" || s.Previous != "dev" || s.Dir != "/p" || s.Hand != "/p/.awsprofile" || s.Stamp != "x" || s.PID != 12 || !s.Loader || s.Swallowed {
		t.Errorf("%+v", s)
	}
	if want := (renew.Record{Failures: 1, Started: true, Person: true}); s.Record != want {
		t.Errorf("it remembers %+v, want %+v", s.Record, want)
	}
	vars := env.Vars{"AWS_SECRET_ACCESS_KEY": "s", "AWS_PROFILE": "p"}
	if got := s.Vars(vars); len(got) != 1 || got["AWS_PROFILE"] != "p" || len(vars) != 2 {
		t.Errorf("its own variables are %v", got)
	}
}

func TestOnlyPowerShellSwallowsWhatIsSaidAtAPrompt(t *testing.T) {
	for line, want := range map[string]bool{"powershell -- prompt": true, "powershell -- use dev": false, "zsh -- prompt": false} {
		s, _, err := Read(strings.Fields(line))
		if err != nil || s.Swallowed != want {
			t.Errorf("%s: %+v, %v", line, s, err)
		}
	}
}

func TestACallOfNoHook(t *testing.T) {
	for line, want := range map[string]string{
		"":                      "__shell is for the hook, and for use, off and refresh | vault hook --help",
		"zsh --dir=/":           "__shell is for the hook, and for use, off and refresh | vault hook --help",
		"zsh --future=1 -- use": `the hook in this shell sent "--future", which this version does not know | open a new shell`,
	} {
		_, _, err := Read(strings.Fields(line))
		if err == nil || err.Error()+" | "+fault.HintOf(err) != want || fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v", line, err)
		}
	}
	if _, _, err := Read([]string{"tcsh", "--"}); fault.KindOf(err) != fault.Usage {
		t.Errorf("a shell that has no hook: %v", err)
	}
}
