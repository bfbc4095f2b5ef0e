package config

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"awsvault/tests/world"
)

// described is what list --json says of a profile.
type described struct {
	Name      string  `json:"name"`
	Account   *string `json:"account"`
	Role      *string `json:"role"`
	Region    *string `json:"region"`
	Protected bool    `json:"protected"`
	Problem   *string `json:"problem"`
}

// list and explain say the same of every profile of the corpus, and what explain
// refuses is a problem in the list. The picker and completions have the list's words.
func TestListAndExplainAgree(t *testing.T) {
	program, compared := world.Program(t), 0
	for _, p := range corpus(t) {
		home := t.TempDir()
		run := func(args ...string) (stdout, stderr string) {
			cmd := exec.Command(program, args...)
			cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "AWS_CONFIG_FILE=" + p.Config, "AWS_SHARED_CREDENTIALS_FILE=" + p.Credentials,
				"AWS_VAULT_BACKEND=file", "DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent", "AWS_VAULT_PROTECTED=*prod*"}
			var out, errs strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &errs
			_ = cmd.Run() // what it fails with is on stderr
			return out.String(), errs.String()
		}
		text, failed := run("list", "--json")
		if failed != "" {
			continue // a file that cannot be read: no command lists it
		}
		var list struct{ Profiles []described }
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			t.Fatalf("%s: %v\n%s", p.name, err, text)
		}
		for _, row := range list.Profiles {
			compared++
			text, refused := run("explain", "--json", "--", row.Name)
			problem, _, _ := strings.Cut(strings.Join(world.Failure(refused), "\n"), "\n")
			if row.Problem != nil || text == "" {
				if row.Problem == nil || !strings.HasSuffix(problem, *row.Problem) && !strings.HasSuffix(*row.Problem, problem) {
					t.Errorf("%s, %s: list has the problem %q, explain %q", p.name, row.Name, deref(row.Problem), problem)
				}
				continue
			}
			var plan struct {
				Account, Region *string
				Protected       bool
				Steps           []struct{ Role *string }
			}
			if err := json.Unmarshal([]byte(text), &plan); err != nil {
				t.Fatal(err)
			}
			role := deref(plan.Steps[len(plan.Steps)-1].Role)
			role = role[strings.LastIndexAny(role, "/:")+1:]
			if deref(row.Account) != deref(plan.Account) || deref(row.Region) != deref(plan.Region) || row.Protected != plan.Protected || deref(row.Role) != role {
				t.Errorf("%s, %s: list says %q %q %q %v, explain %q %q %q %v", p.name, row.Name,
					deref(row.Account), deref(row.Role), deref(row.Region), row.Protected, deref(plan.Account), role, deref(plan.Region), plan.Protected)
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d profiles were compared", compared)
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
