package vault_test

import (
	"context"
	"errors"
	"testing"

	"awsvault/internal/agent"
	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// adding returns an Add that uses fakes.
func adding(d *desk, file *vault.ConfigFile) vault.Add {
	return vault.Add{
		Session: d.session(), Keeper: d.keeper, Profile: "jon", File: file,
		Backend: func(context.Context) (string, error) { return "file", nil },
	}
}

// configFile returns the desk's config file.
func (d *desk) configFile(fails error) *vault.ConfigFile {
	return &vault.ConfigFile{
		Shown: "~/.aws/config",
		Update: func(_ context.Context, change func([]byte) ([]byte, error)) error {
			after, err := change([]byte(d.config))
			if err == nil && fails == nil {
				d.config = string(after)
			}
			return errors.Join(err, fails)
		},
	}
}

func TestWhichProfileCanHaveAKey(t *testing.T) {
	for _, test := range []struct {
		name, config, profile string
		known                 bool
		says, hint            string
	}{
		{"a new one", "", "jon", false, "", ""},
		{"one that exists", "[profile jon]\n", "jon", true, "", ""},
		{"its own source", "[profile jon]\nsource_profile = jon\n", "jon", true, "", ""},
		{"one with another source", "[profile jon]\nsource_profile = ana\n", "jon", true,
			`config:2: profile "jon" has source_profile = ana, so a key of its own would hide that one`, "vault add ana"},
		{"a name that cannot be written", "", "a#b", false, `cannot write profile "a#b": the name has one of [ ] " ' \ # ;`, ""},
		{"that name, where it is written already", "[profile a#b]\n", "a#b", true, "", ""},
		{"a name that not every tool can read", "", "a]", false, `"a]" cannot be the name of a profile`, "no quotes, backslashes, ], line breaks, or blanks around it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, test.config, newKeeper(nil))
			add := adding(d, d.configFile(nil))
			add.Profile = test.profile
			known, err := add.Check()
			says := ""
			if err != nil {
				says = err.Error()
			}
			if known != test.known || says != test.says || fault.HintOf(err) != test.hint {
				t.Errorf("known %v; it says %q, hint %q", known, says, fault.HintOf(err))
			}
		})
	}
}

func TestAdd(t *testing.T) {
	for _, test := range []struct {
		name, config, serial string
		change               func(d *desk, add *vault.Add)
		says                 string // the error
		said                 []string
		after                string
	}{
		{"a new profile is written", "", "", nil, "",
			[]string{"done: stored the key of jon in the encrypted file keystore; wrote profile jon to ~/.aws/config"}, "[profile jon]\n"},
		{"with its MFA device", "", jonMFA, nil, "",
			[]string{"done: stored the key of jon in the encrypted file keystore; wrote profile jon to ~/.aws/config"}, "[profile jon]\nmfa_serial = " + jonMFA + "\n"},
		{"a profile that exists stays", "[profile jon]\nregion = x\n", "", nil, "",
			[]string{"done: stored the key of jon in the encrypted file keystore"}, "[profile jon]\nregion = x\n"},
		{"unless there is an MFA device for it", "[profile jon]\nregion = x\n", jonMFA, nil, "",
			[]string{"done: stored the key of jon in the encrypted file keystore; wrote profile jon to ~/.aws/config"}, "[profile jon]\nregion = x\nmfa_serial = " + jonMFA + "\n"},
		{"no profile is wanted", "", "", func(_ *desk, add *vault.Add) { add.File = nil }, "",
			[]string{"done: stored the key of jon in the encrypted file keystore"}, ""},
		{"the old key's session is deleted", "[profile jon]\n", "", func(d *desk, _ *vault.Add) { d.keeper.sessions = map[string]int{"jon": 1} }, "",
			[]string{"done: stored the key of jon in the encrypted file keystore; deleted a cached session of the old one"}, "[profile jon]\n"},
		{"the old key's sessions are deleted", "[profile jon]\n", "", func(d *desk, _ *vault.Add) { d.keeper.sessions = map[string]int{"jon": 3} }, "",
			[]string{"done: stored the key of jon in the encrypted file keystore; deleted 3 cached sessions of the old one"}, "[profile jon]\n"},
		{"a session that cannot be deleted is a warning", "[profile jon]\n", "", func(d *desk, _ *vault.Add) { d.keeper.fail = "RemoveSessions" }, "",
			[]string{"vault: warning: cached sessions of the old key: RemoveSessions jon: the disk is full", "done: stored the key of jon in the encrypted file keystore"}, "[profile jon]\n"},
		{"a profile that cannot be written", "", "", func(d *desk, add *vault.Add) { add.File = d.configFile(errDisk) },
			"the key is stored, but the profile is not written: the disk is full", []string{"done: stored the key of jon in the encrypted file keystore"}, ""},
		{"a key that cannot be stored", "", "", func(d *desk, _ *vault.Add) { d.keeper.fail = "PutKeys" }, "PutKeys jon: the disk is full", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, test.config, newKeeper(map[string]aws.Credentials{}))
			add := adding(d, d.configFile(nil))
			if test.change != nil {
				test.change(d, &add)
			}
			says := ""
			if err := add.Run(t.Context(), key("AKIAJON"), test.serial); err != nil {
				says = err.Error()
			}
			if says != test.says || d.config != test.after {
				t.Errorf("it says %q, want %q; the file has %q, want %q", says, test.says, d.config, test.after)
			}
			d.said(test.said...)
			if d.keeper.fail != "PutKeys" && d.keeper.keys["jon"] != key("AKIAJON") {
				t.Errorf("the keystore has %v", d.keeper.keys)
			}
		})
	}
}

// An agent stores a new key, but replaces none: the old one would be lost.
func TestAnAgentReplacesNoKey(t *testing.T) {
	for had, want := range map[string]string{"": "", "jon": "agents cannot replace or delete stored keys: ask your user to do this"} {
		d := newDesk(t, "", newKeeper(map[string]aws.Credentials{}))
		if had != "" {
			d.keeper.keys[had] = key("AKIAOLD")
		}
		d.agent = agent.Agent{By: agent.Flag}
		says := ""
		if err := adding(d, nil).Run(t.Context(), key("AKIAJON"), ""); err != nil {
			says = err.Error()
		}
		if says != want || (d.keeper.keys["jon"] == key("AKIAJON")) != (want == "") {
			t.Errorf("with a key of %q: it says %q, want %q; the keystore has %v", had, says, want, d.keeper.keys)
		}
	}
}

func TestProfilesOfImportedKeysAreWritten(t *testing.T) {
	d := newDesk(t, "[profile jon]\n", newKeeper(nil))
	keys := []*vault.Candidate{{Profile: "jon", Stored: true}, {Profile: "ana", Stored: true}}
	im := vault.Import{Session: d.session()}
	if all := im.WriteProfiles(t.Context(), keys, *d.configFile(nil)); !all || d.config != "[profile jon]\n\n[profile ana]\n" {
		t.Errorf("all: %v; the file has %q", all, d.config)
	}
	keys = append(keys, &vault.Candidate{Profile: "zed"}, &vault.Candidate{Profile: "bob", Stored: true})
	if all := im.WriteProfiles(t.Context(), keys, *d.configFile(errDisk)); all {
		t.Error("a key that is not stored is")
	}
	d.said("vault: warning: the key is stored, but the profile is not written: the disk is full")
}
