package vault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/internal/aws"
	"awsvault/internal/dirprofile"
	"awsvault/internal/vault"
)

// Vault shows what a file activates before a person trusts the file. It does not trust a file
// that no directory can activate.
func TestTrustingAFile(t *testing.T) {
	const config = "[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = jon\n[profile jon]\n" +
		"[profile prod]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = jon\nvault_protected = true\n"
	for _, c := range []struct {
		name, text  string
		shown, said string
		trusted     bool
		err         string
	}{
		{"a profile", "dev\n", "File F|Profile dev|Account 111122223333|Role role/reader|Region  instead of the profile's", "done: trusted", true, ""},
		{"in a region", "profile = dev\nregion = us-east-1\n", "File F|Profile dev|Account 111122223333|Role role/reader|Region us-east-1 instead of the profile's", "done: trusted", true, ""},
		{"protected", "prod\n", "File F|Profile prod|Account 111122223333|Role role/admin|Region  instead of the profile's", "vault: the profile is protected, so no directory activates it; vault use prod|done: trusted", true, ""},
		{"none", "nope\n", "", "", false, "F: "},
		{"another account", "profile = dev\naccount = 444455556666\n", "", "", false, "444455556666"},
		{"not a file of ours", "what = ever\n", "", "", false, "what"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(home, dirprofile.Name)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			d := newDesk(t, config, newKeeper(map[string]aws.Credentials{"jon": key("AKIAJON")}))
			files := dirprofile.New(dirprofile.Search{Home: home, UID: os.Getuid()}, filepath.Join(home, "state"))
			var rows []string
			err = vault.Trusting{
				Session: d.session(), Files: files, Tilde: func(string) string { return "F" },
				Row: func(label, text, note string) { rows = append(rows, strings.TrimSpace(label+" "+text+" "+note)) },
			}.Allow(t.Context(), path)
			if c.err == "" && err != nil || c.err != "" && !strings.Contains(fmt.Sprint(err), c.err) {
				t.Fatalf("%v, want %q", err, c.err)
			}
			if got := strings.Join(rows, "|"); got != c.shown {
				t.Errorf("it shows %s", got)
			}
			if got := strings.Join(d.person.said, "|"); got != c.said {
				t.Errorf("it says %s", got)
			}
			if _, decision, _ := files.Decided(path); (decision == dirprofile.Allowed) != c.trusted {
				t.Errorf("it is %v", decision)
			}
		})
	}
}
