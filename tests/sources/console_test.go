//go:build unix

package sources

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// The console of each source: which AWS takes, for how long, and what is said of the others.
func TestConsole(t *testing.T) {
	for _, c := range []struct{ args, who, until, fails string }{
		{"sso", "assumed-role/AWSReservedSSO_Admin_", "", ""},
		{"sso --duration 9h", "assumed-role/AWSReservedSSO_Admin_", "9h", ""},
		{"sso-role --duration 9h", "assumed-role/top/", "", ""},
		{"web --duration 9h", "assumed-role/web/", "9h", ""},
		{"process", "federated-user/vault-tester", "", ""},
		{"process-session", "", "", "Only federation tokens or assume role tokens may be used"},
		{"process-role", "assumed-role/top/", "", ""},
		{"infile", "federated-user/vault-tester", "", ""},
		{"env-role --duration 9h", "assumed-role/top/", "9h", ""},
		{"ecs", "assumed-role/task/", "", ""},
		{"login", "", "", "Only federation tokens or assume role tokens may be used"},
		{"login-role", "assumed-role/top/", "", ""},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			if strings.HasPrefix(c.args, "sso") {
				p.signIn("corp")
			}
			p.Fake.Reset()
			out, errs, status := p.vault(append([]string{"console", "--stdout"}, strings.Fields(c.args)...)...)
			if c.fails != "" {
				if status != 1 || !strings.Contains(errs, c.fails) || !strings.Contains(errs, "  hint: ") || out != "" {
					t.Errorf("status %d, %s", status, errs)
				}
				return
			}
			if status != 0 {
				t.Fatal(errs)
			}
			length := ""
			for _, call := range p.Fake.Calls() {
				if call.Operation == "Federation" {
					length = call.Params.Get("SessionDuration")
				}
			}
			if want := map[string]string{"9h": "32400"}[c.until]; length != want {
				t.Errorf("asked for %q seconds, want %q", length, want)
			}
			resp, err := http.Get(strings.TrimSpace(out))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			page, err := io.ReadAll(resp.Body)
			if err != nil || !strings.Contains(string(page), c.who) {
				t.Errorf("one is %v %s, want %s", err, page, c.who)
			}
		})
	}
}
