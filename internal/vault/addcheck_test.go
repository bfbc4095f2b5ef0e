package vault_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/vault"
)

func TestVerifyingAKey(t *testing.T) {
	unknown, wrong := refusal{code: "InvalidClientTokenId"}, refusal{code: "SignatureDoesNotMatch"}
	for _, test := range []struct {
		name   string
		fails  []error // one error for each call
		yes    bool    // the answer to the question whether to store the key anyway
		says   string
		known  bool
		waited time.Duration
		said   []string
	}{
		{"AWS knows it", nil, false, "", true, 0, []string{"done: key works: user/jon in account 111122223333"}},
		{"AWS knows it after some seconds", []error{unknown, unknown}, false, "", true, 4 * time.Second,
			[]string{"vault: AWS does not know this key yet. Trying again.", "done: key works: user/jon in account 111122223333"}},
		{"AWS does not know it, and it is not stored", []error{unknown, unknown, unknown, unknown}, false, "AWS does not know the key AKIAJON, so it is not stored", false, 6 * time.Second,
			[]string{"vault: AWS does not know this key yet. Trying again."}},
		{"AWS does not know it, and it is stored all the same", []error{unknown, unknown, unknown, unknown}, true, "", false, 6 * time.Second,
			[]string{"vault: AWS does not know this key yet. Trying again."}},
		{"the secret is another one's", []error{wrong}, false, vault.ErrSecretRefused.Error(), false, 0, nil},
		{"AWS cannot be asked", []error{errors.New("no network")}, false, "", false, 0, []string{"vault: warning: the key was not checked: no network"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, "", newKeeper(nil))
			d.owners = map[string]string{"AKIAJON": jonARN}
			d.person.answers = []string{map[bool]string{true: "y", false: "n"}[test.yes]}
			d.whose = func(aws.Credentials) (err error) {
				if len(test.fails) > 0 {
					err, test.fails = test.fails[0], test.fails[1:]
				}
				return err
			}
			owner, err := adding(d, nil).Verify(t.Context(), key("AKIAJON"))
			says := ""
			if err != nil {
				says = err.Error()
			}
			if says != test.says || owner.Known() != test.known || d.waited != test.waited {
				t.Errorf("it says %q, want %q; known %v; waited %v", says, test.says, owner.Known(), d.waited)
			}
			d.said(test.said...)
		})
	}
}

func TestAStoredKeyIsReplacedOnlyAfterAsking(t *testing.T) {
	for _, yes := range []bool{true, false} {
		d := newDesk(t, "", newKeeper(map[string]aws.Credentials{"jon": key("AKIAOLD")}))
		d.person.answers = []string{map[bool]string{true: "y", false: ""}[yes]}
		if err := adding(d, nil).Replaces(t.Context()); (err == nil) != yes {
			t.Errorf("yes is %v: %v", yes, err)
		}
		if len(d.keeper.reads) > 0 {
			t.Errorf("the key is read for it, which may ask for a passphrase: %q", d.keeper.reads)
		}
	}
	d := newDesk(t, "", newKeeper(nil))
	if err := adding(d, nil).Replaces(t.Context()); err != nil {
		t.Error("there is none:", err)
	}
}

type devices struct {
	list []string
	err  error
}

func (d devices) MFADevices(context.Context) ([]string, error) { return d.list, d.err }

func TestTheDevicesOfAKeysUser(t *testing.T) {
	const phone, token = "arn:aws:iam::111122223333:mfa/jon", "GAHT12345678"
	for _, test := range []struct {
		name   string
		lister devices
		want   []string
		known  bool
	}{
		{"two that show codes", devices{list: []string{phone, token}}, []string{phone, token}, true},
		{"a security key shows none", devices{list: []string{"arn:aws:iam::111122223333:u2f/user/jon/key-ABC", phone}}, []string{phone}, true},
		{"none", devices{}, nil, true},
		{"the user may not list them", devices{err: refusal{code: "AccessDenied"}}, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, "", newKeeper(nil))
			d.owners = map[string]string{"AKIAJON": jonARN}
			add := adding(d, nil)
			owner, err := add.Verify(t.Context(), key("AKIAJON"))
			if err != nil {
				t.Fatal(err)
			}
			got, known := add.Devices(t.Context(), owner, key("AKIAJON"), func(*vault.Plan, aws.Credentials) (vault.MFALister, error) { return test.lister, nil })
			if !slices.Equal(got, test.want) || known != test.known {
				t.Errorf("got %q, %v", got, known)
			}
		})
	}
}

func TestADeviceByItsNameOrNumber(t *testing.T) {
	owner := vault.Owner{ARN: "arn:aws-cn:iam::111122223333:user/jon", Account: "111122223333"}
	offline := aws.Credentials{AccessKeyID: "AKIAQNZGKIQY56JQ7WML"}
	for _, test := range []struct {
		text  string
		owner vault.Owner
		want  string // or what it says
	}{
		{"arn:aws:iam::111122223333:mfa/jon", vault.Owner{}, "arn:aws:iam::111122223333:mfa/jon"},
		{"jon", owner, "arn:aws-cn:iam::111122223333:mfa/jon"},
		{"my-long-phone-name", owner, "arn:aws-cn:iam::111122223333:mfa/my-long-phone-name"},
		{"GAHT12345678", owner, "GAHT12345678"},
		{"jon", vault.Owner{}, "arn:aws:iam::029608264753:mfa/jon"},
		{"arn:aws:iam::111122223333:user/jon", owner, "that is the ARN of a user"},
		{"a b", owner, "that is not an MFA device"},
		{"mfa/jon", owner, "that is not an MFA device"},
	} {
		got, err := vault.MFADevice(test.text, offline, test.owner)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
	if _, err := vault.MFADevice("jon", aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE"}, vault.Owner{}); err == nil {
		t.Error("a name without an account is taken")
	}
}
