package vault_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

const (
	ciID, ciSecret = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	ciARN          = "arn:aws:iam::111122223333:user/ci"
)

var ciKey = aws.Credentials{AccessKeyID: ciID, SecretAccessKey: ciSecret}

// plain returns a section with ci's key.
func plain(profile string) string {
	return "[profile " + profile + "]\naws_access_key_id = " + ciID + "\naws_secret_access_key = " + ciSecret + "\n"
}

// counter is a desk that imports keys.
type counter struct {
	*desk
	request vault.Import
}

func newCounter(t *testing.T, config string) *counter {
	c := &counter{desk: newDesk(t, config, newKeeper(map[string]aws.Credentials{}))}
	c.owners[ciID] = ciARN
	c.request = vault.Import{Backend: "file", Yes: true}
	return c
}

func (c *counter) use() vault.Import {
	c.request.Session, c.request.Keeper = c.session(), c.keeper
	return c.request
}

// run imports the keys in the config file.
func (c *counter) run(names ...string) ([]*vault.Candidate, error) {
	c.t.Helper()
	keys, err := c.session().PlainKeys(names...)
	if err != nil {
		return nil, err
	}
	return keys, c.use().Run(c.ctx, keys)
}

func TestImport(t *testing.T) {
	c := newCounter(t, plain("ci"))
	c.keeper.sessions["ci"] = 1
	keys, err := c.run()
	if err != nil || !keys[0].Stored || c.keeper.keys["ci"] != ciKey || len(c.keeper.sessions) > 0 {
		t.Errorf("%v; stored are %v; sessions are %v", err, c.keeper.keys, c.keeper.sessions)
	}
	c.said("vault: config:2  ci  "+ciID+": to be stored", "done: ci: stored "+ciID+", the key of "+ciARN+", in the encrypted file keystore")
}

// AWS's answer about a key decides whether the key is stored.
func TestImportVerifies(t *testing.T) {
	for _, test := range []struct {
		name    string
		err     error
		noAsk   bool
		stored  bool
		says    string
		changed bool
	}{
		{"the key is unknown", refusal{code: "InvalidClientTokenId"}, false, false,
			"vault: warning: skipped ci: AWS rejects this key (InvalidClientTokenId); --no-verify stores it anyway", false},
		{"the secret is another key's", refusal{code: "SignatureDoesNotMatch"}, false, false,
			"vault: warning: skipped ci: AWS rejects this key (SignatureDoesNotMatch); --no-verify stores it anyway", false},
		{"wrapped, it is a refusal still", fmt.Errorf("GetCallerIdentity: %w", refusal{code: "SignatureDoesNotMatch"}), false, false,
			"vault: warning: skipped ci: AWS rejects this key (SignatureDoesNotMatch); --no-verify stores it anyway", false},
		{"AWS cannot be reached", errors.New("no answer"), false, true, "vault: warning: ci is stored unverified: no answer", true},
		{"AWS refuses for another reason", refusal{code: "Throttling"}, false, true, "vault: warning: ci is stored unverified: refused: Throttling", true},
		{"AWS is not asked", refusal{code: "SignatureDoesNotMatch"}, true, true, "done: ci: stored " + ciID + " in the encrypted file keystore", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCounter(t, plain("ci"))
			c.whose = func(aws.Credentials) error { return test.err }
			c.request.NoVerify = test.noAsk
			keys, err := c.run()
			_, stored := c.keeper.keys["ci"]
			if err != nil || stored != test.stored || keys[0].Stored != test.stored || len(c.keeper.changes) > 0 != test.changed {
				t.Errorf("%v; stored are %v, %v", err, c.keeper.keys, c.keeper.changes)
			}
			if c.person.said[1] != test.says {
				t.Errorf("it says %q", c.person.said)
			}
			if test.noAsk != (len(c.asked) == 0) {
				t.Errorf("AWS was asked for %v", c.asked)
			}
		})
	}
}

// Vault reports an entry that is not a key to store, and leaves it.
func TestImportSkips(t *testing.T) {
	for _, test := range []struct{ name, config, credentials, says string }{
		{"half a key", "", "[ci]\naws_access_key_id = " + ciID + "\n", "credentials:2  ci  " + ciID + ": skipped: it has no aws_secret_access_key"},
		{"the other half", "", "[ci]\naws_secret_access_key = " + ciSecret + "\n", "credentials:2  ci  (no key id): skipped: it has no aws_access_key_id"},
		{"a half in each file", "[profile ci]\naws_secret_access_key = " + ciSecret + "\n", "[ci]\naws_access_key_id = " + ciID + "\n",
			"credentials:2  ci  " + ciID + ": skipped: one half is in the config file, the other in the credentials file"},
		{"a session", "", "[ci]\naws_access_key_id = " + ciID + "\naws_secret_access_key = " + ciSecret + "\naws_session_token = t\n",
			"credentials:2  ci  " + ciID + ": skipped: it is temporary"},
		{"an old spelling of a session", "", "[ci]\naws_access_key_id = " + ciID + "\naws_secret_access_key = " + ciSecret + "\naws_security_token = t\n",
			"credentials:2  ci  " + ciID + ": skipped: it is temporary"},
		{"a temporary key without its token", "", "[ci]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = " + ciSecret + "\n",
			"credentials:2  ci  ASIAIOSFODNN7EXAMPLE: skipped: it is temporary"},
		{"a source_profile", plain("ci") + "source_profile = jon\n", "", "config:2  ci  " + ciID + ": skipped: the profile has a source_profile, which a stored key would hide"},
		{"its own source_profile", plain("ci") + "source_profile = ci\n", "", "config:2  ci  " + ciID + ": to be stored"},
		{"the halves exchanged", "", "[ci]\naws_access_key_id = " + ciSecret + "\naws_secret_access_key = " + ciID + "\n",
			"credentials:2  ci  (no key id): skipped: that is a secret access key; the access key ID begins with AKIA"},
		{"another key is stored", plain("other"), "", "config:2  other  " + ciID + ": skipped: the profile has another stored key, AKIAOTHER; --overwrite replaces it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCounter(t, test.config)
			c.credentials = test.credentials
			c.keeper.keys["other"] = key("AKIAOTHER")
			c.request.DryRun = true
			if _, err := c.run(); err != nil {
				t.Fatal(err)
			}
			c.said("vault: "+test.says, "vault: nothing was changed")
			if len(c.keeper.changes) > 0 || len(c.asked) > 0 {
				t.Errorf("a dry run changed %v and asked for %v", c.keeper.changes, c.asked)
			}
			c.request.DryRun = false
			if _, err := c.run(); err != nil || strings.Contains(test.says, "skipped") && len(c.keeper.changes) > 0 {
				t.Errorf("%v; it changed %v", err, c.keeper.changes)
			}
		})
	}
}

func TestImportOverwrites(t *testing.T) {
	c := newCounter(t, plain("ci"))
	c.keeper.keys["ci"], c.request.Overwrite = key("AKIAOTHER"), true
	if _, err := c.run(); err != nil || c.keeper.keys["ci"] != ciKey || c.person.said[0] != "vault: config:2  ci  "+ciID+": to be stored in place of AKIAOTHER" {
		t.Errorf("%v; it says %q", err, c.person.said)
	}
}

// Before it stores keys, vault asks the person. After a no it stops. Without a terminal, the
// error names the flags.
func TestImportAsks(t *testing.T) {
	for _, test := range []struct {
		name    string
		answers []string
		stored  bool
		says    string
	}{
		{"yes", []string{"y"}, true, "<nil>"},
		{"Enter is yes", []string{""}, true, "<nil>"},
		{"no", []string{"n"}, false, "<nil>"},
		{"no terminal", nil, false, "import asks before it stores keys, and there is no terminal to ask on"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCounter(t, plain("ci"))
			c.request.Yes, c.person.answers = false, test.answers
			keys, err := c.run()
			if fmt.Sprint(err) != test.says || keys[0].Stored != test.stored || len(c.keeper.keys) > 0 != test.stored {
				t.Errorf("%v; stored are %v", err, c.keeper.keys)
			}
			if test.answers == nil {
				if fault.KindOf(err) != fault.Person || fault.HintOf(err) == "" {
					t.Errorf("the error is of kind %d, with the hint %q", fault.KindOf(err), fault.HintOf(err))
				}
			} else if fmt.Sprint(c.person.questions) != "[Store 1 key in the encrypted file keystore?]" {
				t.Errorf("asked was %q", c.person.questions)
			}
		})
	}
}

// A keystore that fails, or does not return what was stored, ends the import. The key does not
// count as stored and stays in its file.
func TestImportKeystoreFails(t *testing.T) {
	for _, test := range []struct{ fail, says string }{
		{"", `keys of "ci": the keystore did not return what was stored`},
		{"Has ci", "Has ci: the disk is full"},
		{"PutKeys ci", "PutKeys ci: the disk is full"},
		{"Keys ci 1", "Keys ci: the disk is full"},
	} {
		c := newCounter(t, plain("ci"))
		c.keeper.fail = test.fail
		if test.fail == "" {
			c.keeper.lie = func(_ string, c aws.Credentials) aws.Credentials { c.SecretAccessKey += "x"; return c }
		}
		keys, err := c.run()
		if fmt.Sprint(err) != test.says || keys[0].Stored {
			t.Errorf("%q: it says %v; it is stored: %v", test.fail, err, keys[0].Stored)
		}
	}
}

func TestImportInterrupted(t *testing.T) {
	c := newCounter(t, plain("ci"))
	ctx, cancel := context.WithCancel(t.Context())
	c.ctx = ctx
	c.whose = func(aws.Credentials) error { cancel(); return context.Canceled }
	if _, err := c.run(); !errors.Is(err, context.Canceled) || len(c.keeper.changes) > 0 {
		t.Errorf("%v; it changed %v", err, c.keeper.changes)
	}
}

func TestPlainKeysOfSomeProfiles(t *testing.T) {
	c := newCounter(t, plain("ci")+"[profile dev]\nregion = eu-west-1\n")
	for names, want := range map[string]string{
		"ci": "<nil>", "dev": `profile "dev" has no key in plain text`, "nope": `profile "nope" not found in config`,
	} {
		if _, err := c.session().PlainKeys(names); fmt.Sprint(err) != want {
			t.Errorf("%s: it says %v, want %s", names, err, want)
		}
	}
	if keys, err := newCounter(t, "").session().PlainKeys(); err != nil || len(keys) > 0 {
		t.Errorf("%v, %v", keys, err)
	}
}

// memoryFile is an AWS file in memory. meanwhile is a change by another program, made once.
type memoryFile struct {
	text, meanwhile string
	err             error
}

func (m *memoryFile) update(_ context.Context, change func([]byte) ([]byte, error)) error {
	after, err := change([]byte(m.text))
	if err == nil && m.meanwhile != "" {
		m.text = m.meanwhile
		after, err = change([]byte(m.text))
	}
	if err == nil && m.err == nil {
		m.text = string(after)
	}
	return errors.Join(err, m.err)
}

func (m *memoryFile) file() []vault.KeyFile {
	return []vault.KeyFile{{Kind: awsconf.CredentialsFile, Shown: "creds", Update: m.update}}
}

func TestClean(t *testing.T) {
	yes, no := true, false
	const other = "[other]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = " + ciSecret + "\n"
	section := "# mine\n[ci]\naws_access_key_id = " + ciID + "\n# between\naws_secret_access_key = " + ciSecret + "\nregion = x\n"
	const cleaned = "# mine\n[ci]\n# between\nregion = x\n"
	const left = "vault: creds still has 1 key in plain text; --scrub removes what is stored"
	for _, test := range []struct {
		name      string
		scrub     *bool
		yes       bool
		answers   []string
		meanwhile string
		fails     error
		text      string // the file's text afterwards
		says, err string
	}{
		{"wanted", &yes, true, nil, "", nil, cleaned + other, "done: removed 1 key from creds", ""},
		{"not wanted", &no, true, nil, "", nil, section + other, "", ""},
		{"asked, yes", nil, false, []string{"y"}, "", nil, cleaned + other, "done: removed 1 key from creds", ""},
		{"asked, Enter is no", nil, false, []string{""}, "", nil, section + other, "", ""},
		{"there is no one to ask", nil, false, nil, "", nil, section + other, left, ""},
		{"--yes is not for that", nil, true, []string{"y"}, "", nil, section + other, left, ""},
		{"an editor changed another line meanwhile", &yes, true, nil, "# new\n" + section, nil, "# new\n" + cleaned, "done: removed 1 key from creds", ""},
		{"the key was changed meanwhile", &yes, true, nil, strings.Replace(section, ciSecret, strings.ToUpper(ciSecret), 1), nil,
			strings.Replace(section, ciSecret, strings.ToUpper(ciSecret), 1), "vault: warning: the key of ci stays in creds: it changed in the meantime", ""},
		{"its id was changed meanwhile", &yes, true, nil, strings.Replace(section, ciID, "AKIANEW", 1), nil,
			strings.Replace(section, ciID, "AKIANEW", 1), "vault: warning: the key of ci stays in creds: it changed in the meantime", ""},
		{"the file cannot be written", &yes, true, nil, "", errDisk, section + other, "", "the keys are stored, but creds is unchanged: the disk is full"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCounter(t, "")
			c.request.Scrub, c.request.Yes, c.person.answers = test.scrub, test.yes, test.answers
			f := &memoryFile{text: section + other, meanwhile: test.meanwhile, err: test.fails}
			keys := []*vault.Candidate{
				{Profile: "ci", Key: ciKey, Kind: awsconf.CredentialsFile, Stored: true},
				{Profile: "other", Key: key("AKIAI44QH8DHBEXAMPLE"), Kind: awsconf.CredentialsFile},
			}
			err := c.use().Clean(c.ctx, keys, f.file())
			if f.text != test.text || err != nil && err.Error() != test.err || err == nil && test.err != "" {
				t.Errorf("%v; the file is\n%s\nwant\n%s", err, f.text, test.text)
			}
			said := strings.Join(c.person.said, "\n")
			if test.name == "asked, Enter is no" && fmt.Sprint(c.person.questions) != "[Remove 1 stored key from creds? Other programs will no longer find it there.]" {
				t.Errorf("asked was %q", c.person.questions)
			}
			if said != test.says {
				t.Errorf("it says %q, want %q", said, test.says)
			}
		})
	}
}

func TestCSVKeys(t *testing.T) {
	const row = ciID + "," + ciSecret
	for _, test := range []struct {
		name, text, profile, want string
	}{
		{"accessKeys.csv", "\ufeffAccess key ID,Secret access key\r\n" + row + "\r\n", "ci", "[ci x.csv row 2 " + ciID + "]"},
		{"old, with names", "\"User Name\",Access Key Id,Secret Access Key\n\"ben\"," + row + "\nnokey,,\ncid, " + row + "\n", "",
			"[ben x.csv row 2 " + ciID + "] [cid x.csv row 4 " + ciID + "]"},
		{"credentials.csv", "User name,Password,Access key ID,Secret access key,Console login link\ndan,pw," + row + ",https://x\n", "", "[dan x.csv row 2 " + ciID + "]"},
		{"another name", "User name,Access key ID,Secret access key\nben," + row + "\n", "ci", "[ci x.csv row 2 " + ciID + "]"},
		{"a profile with a source", "User name,Access key ID,Secret access key\nrole," + row + "\n", "",
			"[role x.csv row 2 " + ciID + " the profile has a source_profile, which a stored key would hide]"},
		{"no key", "User name,Access key ID,Secret access key\neve,oops,oops\n", "",
			"[eve x.csv row 2 oops that is not an access key ID (AKIA and 16 capital letters and digits)]"},
		{"a short row", "User name,Access key ID,Secret access key\nben\n", "", "x.csv has no keys in it"},
		{"no name", "Access key ID,Secret access key\n" + row + "\n", "", "x.csv row 2 has no user name"},
		{"two keys for one profile", "Access key ID,Secret access key\n" + row + "\n" + row + "\n", "ci", "--profile is for one key, and x.csv has 2"},
		{"UTF-16, as a spreadsheet saves it", "\xff\xfeA\x00c\x00", "", "x.csv: the text is UTF-16"},
		{"UTF-16 without a mark", "\x00A\x00c", "", "x.csv: the text is UTF-16"},
		{"another file", "a,b\n", "", `x.csv has no columns "Access key ID" and "Secret access key"`},
		{"a quote that does not end", "Access key ID,Secret access key\n\"" + row, "", "x.csv is not a CSV file"},
		{"nothing", "", "", "x.csv is not a CSV file"},
		{"no rows", "Access key ID,Secret access key\n", "", "x.csv has no keys in it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCounter(t, "[profile role]\nsource_profile = jon\n")
			keys, err := c.session().CSVKeys([]byte(test.text), "x.csv", test.profile)
			var all []string
			for _, k := range keys {
				all = append(all, "["+strings.TrimSpace(fmt.Sprint(k.Profile, " ", k.At, " ", k.Key.AccessKeyID, " ", k.Leave))+"]")
				if k.Leave == "" && k.Key != ciKey {
					t.Errorf("the key is %s", k.Key.AccessKeyID)
				}
			}
			got := strings.Join(all, " ")
			if err != nil {
				got = err.Error()
			}
			if got != test.want || strings.Contains(got, ciSecret) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestAFileWhoseKeysAreStoredIsDeletedIfWanted(t *testing.T) {
	yes, no := true, false
	const left = "vault: keys.csv still has the key in plain text; --scrub deletes it"
	for name, test := range map[string]struct {
		scrub     *bool
		stored    bool
		fails     error
		deleted   bool
		says, err string
	}{
		"wanted":                    {&yes, true, nil, true, "done: deleted keys.csv", ""},
		"not wanted":                {&no, true, nil, false, "", ""},
		"there is no one to ask":    {nil, true, nil, false, left, ""},
		"a key in it is not stored": {&yes, false, nil, false, "vault: keys.csv stays: not every key in it is stored", ""},
		"it cannot be deleted":      {&yes, true, errDisk, true, "", "the keys are stored, but keys.csv is not deleted: the disk is full"},
	} {
		c := newCounter(t, "")
		c.request.Scrub = test.scrub
		deleted := false
		err := c.use().DeleteFile(c.ctx, "keys.csv", test.stored, func() error { deleted = true; return test.fails })
		if says := strings.Join(c.person.said, "\n"); deleted != test.deleted || says != test.says || fmt.Sprint(err) != cmp.Or(test.err, "<nil>") {
			t.Errorf("%s: deleted %v, it says %q, %v", name, deleted, says, err)
		}
	}
}

func TestAProfileInARegion(t *testing.T) {
	for name, want := range map[string][2]string{
		"dev": {"dev", ""}, "dev:us-east-1": {"dev", "us-east-1"}, "a:b:c": {"a:b", "c"}, ":x": {":x", ""}, "dev:": {"dev", ""}, "": {"", ""},
	} {
		if profile, region := vault.InRegion(name); profile != want[0] || region != want[1] {
			t.Errorf("%q: %q in %q", name, profile, region)
		}
	}
}
