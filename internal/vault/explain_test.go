package vault_test

import (
	"strings"
	"testing"

	"awsvault/internal/aws"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// The output of explain fits the screen: a table if the width suffices, otherwise lines below
// each other. Only a word that is too wide stands alone and whole.
func TestAnExplanationFitsTheScreen(t *testing.T) {
	d := newDesk(t, `[profile plain]
[profile dev]
role_arn = arn:aws:iam::111122223333:role/service/with-a-long-name/reader
source_profile = plain
region = eu-central-1
`, newKeeper(map[string]aws.Credentials{"plain": {AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"}}))
	plan, err := d.session().Plan(t.Context(), vault.Want{Profile: "dev"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := plan.Explain(t.Context(), func(resolve.Step) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	for _, screen := range []int{40, 80, 140, 0} {
		text := e.Text(screen)
		for _, l := range strings.Split(text, "\n") {
			if screen > 0 && line.Width(l) > screen && strings.Contains(strings.TrimSpace(l), " ") {
				t.Errorf("%d columns: %q has %d", screen, l, line.Width(l))
			}
		}
		for _, whole := range []string{"arn:aws:iam::111122223333:role/service/with-a-long-name/reader", "[profile dev]"} {
			if !strings.Contains(text, whole) {
				t.Errorf("%d columns: %s is cut:\n%s", screen, whole, text)
			}
		}
		if table := strings.Contains(text, "SETTING"); table != (screen == 140 || screen == 0) {
			t.Errorf("%d columns: a table: %v\n%s", screen, table, text)
		}
	}
	if got := e.Text(40); !strings.Contains(got, "\nregion = eu-central-1\n    config:5 [profile dev]\n") {
		t.Errorf("at 40 columns:\n%s", got)
	}
}
