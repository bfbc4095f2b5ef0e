package vault_test

import (
	"strings"
	"testing"

	"awsvault/internal/vault"
)

func TestThePreviewOfAProfile(t *testing.T) {
	d := newDesk(t, "[profile jon]\n[profile ops]\nsource_profile = jon\nrole_arn = arn:aws:iam::111122223333:role/ops\nmfa_serial = "+jonMFA+"\nregion = eu-west-1\nduration_seconds = 900\n"+
		"[profile lost]\nsource_profile = gone\nrole_arn = arn:aws:iam::111122223333:role/ops\n"+
		corp+"[profile dev]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Dev\n"+
		"[profile run]\ncredential_process = /bin/other tool\n", newKeeper(nil))
	config, err := d.files()
	if err != nil {
		t.Fatal(err)
	}
	describer := d.session().Describer(config, func(name string) bool { return name == "jon" })
	for name, want := range map[string]string{
		"jon":  "stored keys of jon; GetSessionToken with the keys of jon; lasts 1h",
		"ops":  "stored keys of jon; AssumeRole arn:aws:iam::111122223333:role/ops, MFA " + jonMFA + "; 1 MFA code; region eu-west-1; lasts 15m",
		"dev":  "GetRoleCredentials Dev in 111122223333, by corp",
		"run":  "credential_process /bin/other tool",
		"lost": `broken: config:9: source_profile "gone" not found`,
	} {
		if got := strings.Join(describer.Preview(name), "; "); got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}

// A decision that takes several steps uses one reading of the files, even for a profile
// without a cached session, and for one that does not exist.
func TestTheFilesAreReadOnce(t *testing.T) {
	for _, name := range []string{"jon", "nope"} {
		d := newDesk(t, "[profile jon]\n", newKeeper(nil))
		if _, _, err := d.session().Obtain(t.Context(), vault.Want{Profile: name}); err == nil || d.read != 1 {
			t.Errorf("%s: the files are read %d times; %v", name, d.read, err)
		}
	}
}
