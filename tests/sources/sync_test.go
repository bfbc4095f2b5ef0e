//go:build unix

package sources

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/awsfake"
)

const corp = "[sso-session corp]\nsso_start_url = " + startURL + "\nsso_region = eu-west-1\n"

// synced is a place in which ann is signed in, with these lines above.
func synced(t *testing.T, above string) (*place, *awsfake.Person) {
	p := newPlace(t)
	p.config(corp + above)
	p.signIn("corp")
	return p, p.Fake.Center(startURL).Person(ann)
}

func (p *place) configText() string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.Home, ".aws", "config"))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// sync runs it without a terminal, and returns what it said.
func (p *place) sync(args ...string) string {
	p.t.Helper()
	out, errs, status := p.vault(append([]string{"sso", "sync", "corp"}, args...)...)
	if status != 0 || out != "" {
		p.t.Fatalf("sync %v: status %d, stdout %q\n%s", args, status, out, errs)
	}
	return errs
}

func has(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}

func TestSyncWritesWhatIsMissingOnce(t *testing.T) {
	t.Parallel()
	p, person := synced(t, "")
	before := p.configText()
	person.Assign(p.Fake.Account("700000000001"), "Dev", time.Hour)
	has(t, p.sync("--dry-run"), "  + account-700000000001/Dev   700000000001 Dev\n")
	const document = `{"schema":1,"sso_session":"corp","file":"~/.aws/config","changes":[` +
		`{"change":"add","profile":"example/Admin","account":"111122223333","role":"Admin"},` +
		`{"change":"add","profile":"example/ReadOnly","account":"111122223333","role":"ReadOnly"},` +
		`{"change":"add","profile":"example-prod/ReadOnly","account":"444455556666","role":"ReadOnly"},` +
		`{"change":"add","profile":"account-700000000001/Dev","account":"700000000001","role":"Dev"}],"unchanged":0}` + "\n"
	if out, errs, status := p.vault("sso", "sync", "corp", "--dry-run", "--json"); out != document || errs != "" || status != 0 {
		t.Errorf("for programs: status %d, %s%s", status, out, errs)
	}
	if d := cmp.Diff(before, p.configText()); d != "" {
		t.Errorf("a dry run wrote:\n%s", d)
	}
	has(t, p.sync("--yes", "--region", "eu-central-1"), "profiles written, 0 changed, 0 removed")
	wrote := p.configText()
	if !strings.HasPrefix(wrote, before) {
		t.Errorf("what was there has changed:\n%s", wrote)
	}
	has(t, wrote, "[profile account-700000000001/Dev]\n", "sso_session = corp\nsso_account_id = 700000000001\nsso_role_name = Dev\nregion = eu-central-1\n")
	has(t, p.sync("--yes"), "nothing to write")
	if d := cmp.Diff(wrote, p.configText()); d != "" {
		t.Errorf("the second time wrote:\n%s", d)
	}
	p.Fake.Reset()
	p.ok("export", "account-700000000001/Dev") // they are profiles
	// Pruned is what sync wrote, and only if it is asked to.
	person.Unassign(p.Fake.Account("700000000001"), "Dev")
	p.sync("--yes")
	has(t, p.configText(), "[profile account-700000000001/Dev]")
	has(t, p.sync("--yes", "--prune"), "  - account-700000000001/Dev\n", "0 profiles written, 0 changed, 1 removed")
	if strings.Contains(p.configText(), "700000000001") {
		t.Errorf("not pruned:\n%s", p.configText())
	}
}

func TestSyncTouchesNothingOfThePersons(t *testing.T) {
	t.Parallel()
	mine := "\xef\xbb\xbf# mine\r\n" + strings.ReplaceAll(corp, "\n", "\r\n") + "\r\n" +
		"[profile account-700000000001/Dev]   ; taken\r\nregion=us-east-1\r\n\r\n" + // the name that sync would give
		"[profile ops]\r\nsso_session = corp\r\nsso_account_id = 700000000002\r\nsso_role_name = Ops\r\n# the end" // there already, by another name
	p, person := synced(t, "")
	p.config(mine)
	for id, role := range map[string]string{"700000000001": "Dev", "700000000002": "Ops", "700000000003": "Dev"} {
		person.Assign(p.Fake.Account(id), role, time.Hour)
	}
	said := p.sync("--yes", "--prune")
	has(t, said, "you have another profile of this name: account-700000000001/Dev")
	text := p.configText()
	if !strings.HasPrefix(text, mine) {
		t.Errorf("what was there has changed:\n%q", text)
	}
	has(t, text, "[profile account-700000000003/Dev]\r\n")
	if strings.Contains(text, "account-700000000002/Ops") || strings.Count(text, "account-700000000001/Dev") != 1 || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") {
		t.Errorf("%q", text)
	}
	// Nor what the person added to a profile that sync wrote.
	p.config(strings.Replace(text, "[profile account-700000000003/Dev]\r\n", "[profile account-700000000003/Dev]\r\noutput = json\r\n", 1))
	before := p.configText()
	p.sync("--yes")
	if d := cmp.Diff(before, p.configText()); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
}

// Two accounts of one name, and names that are no names of profiles.
func TestSyncNames(t *testing.T) {
	t.Parallel()
	p, person := synced(t, "")
	for id, alias := range map[string]string{"700000000001": "team", "700000000002": "team", "700000000003": "a ]\n[profile x]; é/$(id)"} {
		p.Fake.Account(id).SetAlias(alias)
		person.Assign(p.Fake.Account(id), "Dev", time.Hour)
	}
	p.sync("--yes", "--name", "{session}.{account}.{role}")
	text := p.configText()
	has(t, text, "[profile corp.team.Dev-700000000001]\n", "[profile corp.team.Dev-700000000002]\n")
	if strings.Contains(text, "[profile x]") || strings.Contains(text, "$(") || strings.Contains(text, "[profile corp.team.Dev]") {
		t.Errorf("%s", text)
	}
	p.Fake.Account("700000000001").SetAlias("default") // whose settings are everybody's
	has(t, p.sync("--dry-run", "--name", "{account}"), "  + default-700000000001-Dev   700000000001 Dev\n")
	for _, name := range []string{"", "plain", "{role", "{rôle}", "{account}{nothing}"} {
		_, errs, status := p.vault("sso", "sync", "corp", "--dry-run", "--name="+name)
		want := fmt.Sprintf("vault: --name %q is not a template\n  hint: it is made of {account} {account_id} {role} {session} {email}\n", name)
		if status != 2 || errs != want {
			t.Errorf("--name %q: status %d: %q", name, status, errs)
		}
	}
}

func TestSyncAsks(t *testing.T) {
	t.Parallel()
	p, _ := synced(t, "")
	p.Fake.Reset()
	_, errs, status := p.vault("sso", "sync", "corp")
	if status != 2 || errs != "vault: there is no terminal to ask on\n  hint: --yes writes without asking, --dry-run only shows\n" || len(p.Fake.Calls()) > 0 {
		t.Errorf("status %d, %d calls: %q", status, len(p.Fake.Calls()), errs)
	}
	before := p.configText()
	for answer, wrote := range map[string]bool{"n\r": false, "y\r": true} {
		s := p.screen(nil, "sso", "sync", "corp")
		s.shows("Region of the new profiles [eu-west-1]: ")
		if _, err := s.tty.WriteString("\r"); err != nil {
			t.Fatal(err)
		}
		s.shows("to ~/.aws/config?")
		if _, err := s.tty.WriteString(answer); err != nil {
			t.Fatal(err)
		}
		if status := s.ends(); status != 0 {
			t.Errorf("%q: status %d: %s", answer, status, s.text())
		}
		if got := p.configText() != before; got != wrote {
			t.Errorf("%q: written is %v\n%s", answer, got, s.text())
		}
		p.config(before)
	}
	// Nobody is signed in, and nobody can be asked.
	os.Remove(p.tokenFile())
	if _, errs, status := p.vault("sso", "sync", "corp", "--yes"); status != 3 || !strings.Contains(errs, "  hint: vault sso login corp\n") {
		t.Errorf("status %d: %s", status, errs)
	}
}

// One odd account does not stop a sync, and the profiles of one whose roles AWS does
// not tell are not pruned.
func TestSyncLeavesOddAccountsOut(t *testing.T) {
	t.Parallel()
	p, person := synced(t, "")
	for _, id := range []string{"700000000001", "700000000002"} {
		person.Assign(p.Fake.Account(id), "Dev", time.Hour)
	}
	p.sync("--yes", "--name", "{account_id}/{role}")
	has(t, p.configText(), "[profile 700000000001/Dev]\n", "[profile 700000000002/Dev]\n")
	portal := liesBy(t, func(w http.ResponseWriter, r *http.Request) {
		switch id := r.URL.Query().Get("account_id"); id {
		case "":
			io.WriteString(w, `{"accountList":[{"accountId":"$(touch pwn)","accountName":"x"},{"accountId":"700000000001"},{"accountId":"700000000003","accountName":"three"}]}`)
		case "700000000001":
			w.Header().Set("X-Amzn-Errortype", "ForbiddenException")
			w.WriteHeader(403)
			io.WriteString(w, `{"message":"suspended"}`)
		default:
			io.WriteString(w, `{"roleList":[{"roleName":"Ops"},{"roleName":"x’|touch pwn ’"}]}`)
		}
	})
	p.env = append(p.env, "AWS_ENDPOINT_URL_SSO="+portal.URL)
	has(t, p.sync("--yes", "--prune", "--name", "{account_id}/{role}"),
		"vault: warning: an account is left out: \"$(touch pwn)\" is not 12 digits\n",
		"vault: warning: account 700000000001 is left out: ListAccountRoles: ForbiddenException: suspended\n",
		"vault: warning: a role in account 700000000003 is left out: \"x’|touch pwn ’\" is not the name of a role\n",
		"  + 700000000003/Ops   700000000003 Ops\n", "  - 700000000002/Dev\n")
	text := p.configText()
	has(t, text, "[profile 700000000001/Dev]\n", "[profile 700000000003/Ops]\n")
	if strings.Contains(text, "touch") || strings.Contains(text, "700000000002") {
		t.Errorf("it wrote\n%s", text)
	}
}

// Of more calls than AWS takes, those that it refused are made again, later.
func TestSyncIsThrottled(t *testing.T) {
	t.Parallel()
	p, person := synced(t, "")
	for i := range 60 {
		person.Assign(p.Fake.Account(fmt.Sprint(700_000_000_000+int64(i))), "Dev", 0)
	}
	p.Fake.Center(startURL).SetRate(10)
	p.Fake.Reset()
	p.sync("--yes")
	if n := strings.Count(p.configText(), "/Dev]"); n != 60 {
		t.Errorf("%d profiles", n)
	}
	refused := 0
	for _, c := range p.Fake.Calls() {
		if c.Error != "" {
			refused++
		}
	}
	t.Logf("%d of %d calls were refused", refused, len(p.Fake.Calls()))
	if refused == 0 || refused > 300 {
		t.Errorf("%d of %d calls were refused", refused, len(p.Fake.Calls()))
	}
}

func TestSyncOfFiveThousandRoles(t *testing.T) {
	p, person := synced(t, "")
	for i := range 500 {
		a := p.Fake.Account(fmt.Sprint(700_000_000_000 + int64(i)))
		a.SetAlias(fmt.Sprintf("team-%03d", i))
		for j := range 10 {
			person.Assign(a, fmt.Sprintf("Set-%02d", j), 0)
		}
	}
	began := time.Now()
	said := p.sync("--yes")
	took := time.Since(began)
	t.Logf("5,000 roles in %s", took)
	if took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	has(t, said, "profiles written")
	if n := strings.Count(p.configText(), "\n[profile "); n < 5000 {
		t.Errorf("%d profiles", n)
	}
	began = time.Now()
	has(t, p.sync("--yes"), "nothing to write")
	t.Logf("again in %s", time.Since(began))
}

// By flags alone, and nothing is written before the sign-in worked.
func TestSSOAdd(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.config("[default]\nregion = eu-west-1\n")
	before := p.configText()
	flags := []string{"sso", "add", "--sso-region", "eu-west-1", "--yes", "--start-url"}
	if shown, status := p.onTerminal([]string{"VAULT_TEST_BROWSER=deny"}, append(flags, startURL)...); status == 0 || p.configText() != before {
		t.Errorf("denied: status %d\n%s\n%s", status, shown, p.configText())
	}
	for range 2 { // the second time finds all of it
		if shown, status := p.onTerminal(nil, append(flags, startURL)...); status != 0 || !strings.Contains(shown, "    next: ") {
			t.Fatalf("status %d\n%s", status, shown)
		}
		has(t, p.configText(), "[sso-session example]\nsso_start_url = "+startURL+"\nsso_region = eu-west-1\n",
			"[profile example/Admin]\n", "sso_session = example\nsso_account_id = 111122223333\nsso_role_name = Admin\nregion = eu-west-1\n")
	}
	if n := strings.Count(p.configText(), "[profile example/Admin]"); n != 1 {
		t.Errorf("the profile is there %d times:\n%s", n, p.configText())
	}
	_, errs, status := p.vault("sso", "add")
	if status != 3 || !strings.Contains(errs, "hint: vault sso add --start-url URL --sso-region REGION --yes\n") {
		t.Errorf("status %d: %s", status, errs)
	}
	if _, errs, status = p.vault(append(flags, "corp")...); status != 2 || !strings.Contains(errs, "--start-url: that is not a start URL") {
		t.Errorf("status %d: %s", status, errs)
	}
}

// A sign-in that no profile uses yet goes on to write them, if that is wanted.
func TestLoginOffersProfiles(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.config(corp)
	types := func(s *screen, text string) {
		if _, err := s.tty.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	s := p.screen(nil, "sso", "login", "corp")
	s.shows("No profile uses corp yet. Write one for each account and role now?")
	types(s, "n\r")
	s.shows("    next: vault sso sync")
	if status := s.ends(); status != 0 || p.configText() != corp {
		t.Errorf("no: status %d: %s", status, s.text())
	}
	s = p.screen(nil, "sso", "login", "corp")
	s.shows("now?")
	types(s, "y\r")
	s.shows("Region of the new profiles [eu-west-1]: ")
	types(s, "\r")
	s.shows("to ~/.aws/config?")
	types(s, "y\r")
	s.shows("    next: ")
	if status := s.ends(); status != 0 || !strings.Contains(p.configText(), "[profile example/Admin]\n") {
		t.Errorf("yes: status %d: %s\n%s", status, s.text(), p.configText())
	}
	if shown, status := p.onTerminal(nil, "sso", "login", "corp"); status != 0 || strings.Contains(shown, "Write one") {
		t.Errorf("with profiles: status %d: %s", status, shown)
	}
}
