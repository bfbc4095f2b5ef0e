package sealed_test

import (
	"path/filepath"
	"testing"

	"awsvault/internal/sealed"
)

// choice returns the choice of a person with a home directory, some flags and some variables.
func choice(home string, flags, vars map[string]string) sealed.Choice {
	return sealed.Choice{
		Flag:   func(name string) string { return flags[name] },
		Getenv: func(name string) string { return vars[name] },
		Expand: func(path string) string { return "expanded " + path },
		Home:   home, Bus: "unix:path=/bus",
	}
}

func TestAKeystoreIsWhereItIsChosen(t *testing.T) {
	below := func(elements ...string) string {
		return filepath.Join(append([]string{"/home/jon"}, elements...)...)
	}
	for _, test := range []struct {
		name              string
		home              string
		flags, vars       map[string]string
		pass, passage, at string
	}{
		{"nothing is said", "/home/jon", nil, nil, below(".password-store"), below(".passage", "store"), below(".awsvault", "keys")},
		{"each program's own variable", "/home/jon", nil, map[string]string{"PASSWORD_STORE_DIR": "p", "PASSAGE_DIR": "q"}, "expanded p", "expanded q", below(".awsvault", "keys")},
		{"a flag goes before it", "/home/jon", map[string]string{"pass-dir": "f", "file-dir": "k"}, map[string]string{"PASSWORD_STORE_DIR": "p", "PASSAGE_DIR": "q"}, "expanded f", "expanded f", "expanded k"},
		{"no home, so nowhere", "", nil, nil, "", "", ""},
	} {
		got := choice(test.home, test.flags, test.vars).Keystore()
		if got.PassDir != test.pass || got.PassageDir != test.passage || got.FileDir != test.at {
			t.Errorf("%s: pass in %q, passage in %q, files in %q", test.name, got.PassDir, got.PassageDir, got.FileDir)
		}
	}
}

// Each flag has its own field. Otherwise the index would mistake two keystores for one.
func TestEachFlagMakesAnotherKeystore(t *testing.T) {
	places := map[string]string{choice("/home/jon", nil, nil).Keystore().Place(): "nothing"}
	for _, flag := range []string{
		"backend", "keychain", "secret-service-collection", "pass-dir", "pass-cmd", "pass-prefix", "file-dir",
		"op-vault-id", "op-item-title-prefix", "op-item-tag", "op-connect-host", "op-desktop-account-id",
	} {
		place := choice("/home/jon", map[string]string{flag: "x"}, nil).Keystore().Place()
		if other, there := places[place]; there {
			t.Errorf("--%s makes the keystore of %s", flag, other)
		}
		places[place] = "--" + flag
	}
	here, there := choice("/home/jon", nil, nil).Keystore(), choice("/home/ann", nil, nil).Keystore()
	if here.Keyring == there.Keyring || here.Service != "aws-vault" || here.Bus != "unix:path=/bus" {
		t.Errorf("the kernel's keyring of one home is %q, of another %q; %+v", here.Keyring, there.Keyring, here)
	}
}
