package resolve_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"awsvault/internal/agent"
	"awsvault/internal/resolve"
)

// agentConfig has profiles for which an agent's call could be identical to its user's own
// call.
const agentConfig = narrowConfig + `
[profile named]
source_profile = jon
role_arn = ` + admin + `
role_session_name = jon
[profile named-own]
include_profile = named
vault_policy = ReadOnlyAccess
`

// delivered returns the name of the session that a plan delivers.
func delivered(t rapid.TB, in resolve.Inputs) string {
	t.Helper()
	plan, err := resolve.NewPlan(in)
	if err != nil {
		t.Fatal(err)
	}
	return plan.SessionKeys("AKIA")[len(plan.Steps)-1].Hash
}

// However the user has narrowed a session, an agent's session is a different one.
func TestAnAgentAndItsUserNeverShareASession(t *testing.T) {
	profiles := []string{"dev", "chain", "web", "sso-narrow", "jon-narrow", "own", "named", "named-own"}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(by string) resolve.Inputs {
			in := inputs(t, rapid.SampledFrom(profiles).Draw(t, "profile"), agentConfig, nil)
			in.Agent = agent.Said(by)
			in.Console = rapid.Bool().Draw(t, "console")
			own := in.Profile == "own" || in.Profile == "named-own"
			switch {
			case rapid.Bool().Draw(t, "read-only"):
				in.ReadOnly = !own
			case by == "" && !own:
				in.Policies = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"A", "ReadOnlyAccess", s3Document}), 0, 2, rapid.ID).Draw(t, "policies")
			}
			return in
		}
		user, other := draw(""), draw(rapid.SampledFrom([]string{agent.Flag, agent.Variable, "CLAUDECODE", "AI_AGENT"}).Draw(t, "by"))
		if delivered(t, user) == delivered(t, other) {
			t.Fatalf("%s of a user and %s of an agent are one session", user.Profile, other.Profile)
		}
	})
}

// A profile that gives agents full access shares its user's session with them, if AWS makes no
// difference. One code then serves both.
func TestAnAgentThatGetsAllSharesAUsersOwnSession(t *testing.T) {
	in := inputs(t, "jon", "[profile jon]\nvault_agent = full\nmfa_serial = "+jonMFA+"\n", nil)
	user := delivered(t, in)
	in.Agent = agent.Said(agent.Flag)
	if delivered(t, in) != user {
		t.Error("an agent with all would need a code of its own")
	}
}

// wishes says for each field of the inputs whether it narrows a session. A new field fails the
// test until it has a row here.
var wishes = map[string]string{
	"ReadOnly": "", "Policies": "", "Agent": "", // they narrow

	"Config": "the profiles", "Profile": "whose session", "Stored": "where keys are", "Getenv": "variables",
	"Region": "where it is used", "Shell": "who named the region", "Duration": "how long", "Min": "how long", "NoSession": "which call", "Prime": "which call", "Key": "which call",
	"Console": "which call", "OnTop": "which role", "ReadFile": "how a policy is read", "PreferProfileRegion": "where it is used",
	"Protected": "whether it is allowed", "SessionName": "its name at AWS",
}

func TestWhatNarrowsASessionIsAnotherSession(t *testing.T) {
	whole := inputs(t, "named", agentConfig, nil)
	seen := map[string]string{delivered(t, whole): "nothing"}
	for i := range reflect.TypeFor[resolve.Inputs]().NumField() {
		field := reflect.TypeFor[resolve.Inputs]().Field(i)
		if !field.IsExported() {
			continue
		}
		why, known := wishes[field.Name]
		if !known {
			t.Errorf("a new wish, %s: say here whether it narrows a session", field.Name)
		}
		if !known || why != "" {
			continue
		}
		in := whole
		switch v := reflect.ValueOf(&in).Elem().Field(i); v.Interface().(type) {
		case bool:
			v.SetBool(true)
		case []string:
			v.Set(reflect.ValueOf([]string{"ViewOnlyAccess"}))
		case agent.Agent:
			v.Set(reflect.ValueOf(agent.Said(agent.Flag)))
		default:
			t.Fatalf("%s is a %s: say here how it is set", field.Name, v.Type())
		}
		hash := delivered(t, in)
		if other, taken := seen[hash]; taken {
			t.Errorf("%s and %s are one session", field.Name, other)
		}
		seen[hash] = field.Name
	}
}
