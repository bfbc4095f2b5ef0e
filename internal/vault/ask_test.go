package vault_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"awsvault/internal/aws"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// typist answers questions in turn, and records what is shown.
type typist struct {
	answers []string
	shown   []string
}

var errNoMore = errors.New("there are no more answers")

func (t *typist) Ask(_ context.Context, prompt string) (string, error) {
	t.shown = append(t.shown, prompt)
	if len(t.answers) == 0 {
		return "", errNoMore
	}
	answer := t.answers[0]
	t.answers = t.answers[1:]
	return answer, nil
}

func (t *typist) AskStarred(ctx context.Context, prompt string) (string, error) {
	return t.Ask(ctx, prompt+"(stars) ")
}

func (t *typist) Confirm(ctx context.Context, prompt string, _ bool) (bool, error) {
	answer, err := t.Ask(ctx, prompt)
	return answer == "y", err
}

func (t *typist) Print(text string) { t.shown = append(t.shown, strings.TrimSuffix(text, "\n")) }

// lister lists MFA devices.
type lister []string

func (l lister) MFADevices(context.Context) ([]string, error) { return l, nil }

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("%s:\n%s\nwant\n%s", what, g, w)
	}
}

const (
	goodID     = "AKIAIOSFODNN7EXAMPLE"
	goodSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	askID      = "Access key ID:     "
	askSecret  = "Secret access key: (stars) "
)

func TestAskUntilTakesTheUsualAnswerAndSaysWhatIsWrong(t *testing.T) {
	typed := &typist{answers: []string{"nowhere", "eu-wset-1", ""}}
	got, err := vault.AskUntil(t.Context(), typed, "Region", "eu-west-1", vault.CheckRegion)
	if err != nil || got != "eu-west-1" {
		t.Errorf("%q, %v", got, err)
	}
	equal(t, "shown", typed.shown, "Region [eu-west-1]: ", `  there is no region "nowhere": a region looks like eu-west-1`, "Region [eu-west-1]: ",
		`  there is no region "eu-wset-1": did you mean "eu-west-1", "eu-west-2" or "eu-west-3"?`, "Region [eu-west-1]: ")
	if got, err := vault.AskUntil(t.Context(), &typist{answers: []string{` "eu-west-2" `}}, "Region", "", vault.CheckRegion); got != "eu-west-2" || err != nil {
		t.Errorf("a pasted answer: %q, %v", got, err)
	}
	if _, err := vault.AskUntil(t.Context(), &typist{}, "Region", "x", vault.CheckRegion); !errors.Is(err, errNoMore) {
		t.Errorf("no answer: %v", err)
	}
}

func TestUsualRegion(t *testing.T) {
	for _, test := range []struct {
		config string
		env    env.Vars
		want   string
	}{
		{"", env.Vars{}, ""},
		{"[default]\nregion = a\n", env.Vars{}, "a"},
		{"[default]\nregion = a\n", env.Vars{"AWS_DEFAULT_REGION": "b"}, "b"},
		{"[default]\nregion = a\n", env.Vars{"AWS_DEFAULT_REGION": "b", "AWS_REGION": "c"}, "c"},
		{"[profile dev]\nregion = a\n", env.Vars{}, ""},
		{"[broken", env.Vars{}, ""},
	} {
		d := newDesk(t, test.config, newKeeper(nil))
		d.env = test.env
		if got := d.session().UsualRegion(); got != test.want {
			t.Errorf("%q, %v: %q, want %q", test.config, test.env, got, test.want)
		}
	}
}

// typing returns an AddForm that uses fakes, for a desk that knows the key.
func typing(d *desk) vault.AddForm {
	return vault.AddForm{Add: adding(d, d.configFile(nil)), MFADevices: func(*vault.Plan, aws.Credentials) (vault.MFALister, error) { return lister{}, nil }}
}

func TestAddAsksForWhatAWSDoesNotSay(t *testing.T) {
	wrong := refusal{code: "SignatureDoesNotMatch"}
	works := "done: key works: user/jon in account 111122223333"
	stored := "done: stored the key of jon in the encrypted file keystore; wrote profile jon to ~/.aws/config"
	found := "    MFA device found: " + jonMFA
	for _, test := range []struct {
		name    string
		change  func(d *desk, f *vault.AddForm)
		fails   []error // one error of AWS for each call
		answers []string
		shown   []string
		said    []string
		after   string // the config file
		says    string // the error
	}{
		{"the key, and a region that is set nowhere", nil, nil,
			[]string{goodID, goodSecret, "eu-west-1"}, []string{askID, askSecret, "Region: "}, []string{works, stored}, "[profile jon]\nregion = eu-west-1\n", ""},
		{"no region where one is usual", func(d *desk, _ *vault.AddForm) { d.env = env.Vars{"AWS_REGION": "eu-west-1"} }, nil,
			[]string{goodID, goodSecret}, []string{askID, askSecret}, []string{works, stored}, "[profile jon]\n", ""},
		{"no region of a profile that exists", func(d *desk, f *vault.AddForm) { d.config, f.Known = "[profile jon]\n", true }, nil,
			[]string{goodID, goodSecret}, []string{askID, askSecret}, []string{works, "done: stored the key of jon in the encrypted file keystore"}, "[profile jon]\n", ""},
		{"an id again that is none", func(_ *desk, f *vault.AddForm) { f.Region = "eu-west-1" }, nil,
			[]string{"a b", goodID, goodSecret}, []string{askID, "  that is not an access key ID (AKIA and 16 capital letters and digits)", askID, askSecret}, []string{works, stored}, "[profile jon]\nregion = eu-west-1\n", ""},
		{"a secret again that AWS rejects", func(_ *desk, f *vault.AddForm) { f.Region = "eu-west-1" }, []error{wrong},
			[]string{goodID, goodSecret, goodSecret}, []string{askID, askSecret, "  " + vault.ErrSecretRefused.Error(), askSecret}, []string{works, stored}, "[profile jon]\nregion = eu-west-1\n", ""},
		{"a secret three times", func(_ *desk, f *vault.AddForm) { f.Region = "eu-west-1" }, []error{wrong, wrong, wrong},
			[]string{goodID, goodSecret, goodSecret, goodSecret}, []string{askID, askSecret, "  " + vault.ErrSecretRefused.Error(), askSecret, "  " + vault.ErrSecretRefused.Error(), askSecret}, nil, "", vault.ErrSecretRefused.Error()},
		{"whether the one device is used", func(_ *desk, f *vault.AddForm) { f.Region, f.MFADevices = "eu-west-1", listing(jonMFA) }, nil,
			[]string{goodID, goodSecret, "y"}, []string{askID, askSecret, found, "Ask for its code when this profile is used?"}, []string{works, stored}, "[profile jon]\nregion = eu-west-1\nmfa_serial = " + jonMFA + "\n", ""},
		{"and it is not", func(_ *desk, f *vault.AddForm) { f.Region, f.MFADevices = "eu-west-1", listing(jonMFA) }, nil,
			[]string{goodID, goodSecret, "n"}, []string{askID, askSecret, found, "Ask for its code when this profile is used?"}, []string{works, stored}, "[profile jon]\nregion = eu-west-1\n", ""},
		{"which of two", func(_ *desk, f *vault.AddForm) { f.Region, f.MFADevices = "eu-west-1", listing(jonMFA, jonMFA+"2") }, nil,
			[]string{goodID, goodSecret, "jon"}, []string{askID, askSecret, found, found + "2", "MFA device: ARN, name or serial number (Enter for none): "}, []string{works, stored}, "[profile jon]\nregion = eu-west-1\nmfa_serial = " + jonMFA + "\n", ""},
		{"no device where one was named", func(_ *desk, f *vault.AddForm) {
			f.Region, f.Serial, f.MFADevices = "eu-west-1", "jon", listing("other")
		}, nil,
			[]string{goodID, goodSecret}, []string{askID, askSecret}, []string{works, stored}, "[profile jon]\nregion = eu-west-1\nmfa_serial = " + jonMFA + "\n", ""},
		{"nothing of AWS with --no-check", func(d *desk, f *vault.AddForm) { d.config, f.Known, f.NoCheck = "[profile jon]\n", true, true }, []error{wrong},
			[]string{goodID, goodSecret}, []string{askID, askSecret}, []string{"vault: warning: the key was not checked: --no-check", "done: stored the key of jon in the encrypted file keystore"}, "[profile jon]\n", ""},
		{"any key with --force", func(_ *desk, f *vault.AddForm) { f.Region, f.Force = "eu-west-1", true }, []error{wrong},
			[]string{"test", "te st", "test"}, []string{askID, askSecret, "  a key has letters, digits and signs only", askSecret}, []string{"vault: warning: the key was not checked: --force takes any key", stored}, "[profile jon]\nregion = eu-west-1\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, "", newKeeper(map[string]aws.Credentials{}))
			d.owners = map[string]string{goodID: jonARN}
			d.whose = func(aws.Credentials) (err error) {
				if len(test.fails) > 0 {
					err, test.fails = test.fails[0], test.fails[1:]
				}
				return err
			}
			form := typing(d)
			if test.change != nil {
				test.change(d, &form)
				form.Session = d.session()
			}
			typed := &typist{answers: test.answers}
			says := ""
			if err := form.Typed(t.Context(), typed); err != nil {
				says = err.Error()
			}
			if says != test.says || d.config != test.after || len(typed.answers) > 0 {
				t.Errorf("it says %q, want %q; the file has %q, want %q; %d answers are left", says, test.says, d.config, test.after, len(typed.answers))
			}
			equal(t, "shown", typed.shown, test.shown...)
			d.said(test.said...)
		})
	}
}

func listing(all ...string) func(*vault.Plan, aws.Credentials) (vault.MFALister, error) {
	return func(*vault.Plan, aws.Credentials) (vault.MFALister, error) { return lister(all), nil }
}

func TestAKeyFromTheEnvironmentIsNotAskedFor(t *testing.T) {
	const force = "vault add jon --env --force   takes the key of a test service"
	for _, test := range []struct {
		name, id, secret string
		force            bool
		serial           string
		says, hint       string
	}{
		{"a key", goodID, " '" + goodSecret + "' ", false, "", "", ""},
		{"no id", "", goodSecret, false, "", "--env: AWS_ACCESS_KEY_ID is not set", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY first, or leave out --env to be asked"},
		{"no secret", goodID, "", false, "", "--env: AWS_SECRET_ACCESS_KEY is not set", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY first, or leave out --env to be asked"},
		{"a test service's, unsaid", "test", "test", false, "", "AWS_ACCESS_KEY_ID: that is not an access key ID (AKIA and 16 capital letters and digits)", force},
		{"a test service's", "test", "test", true, "", "", ""},
		{"a device that is none", goodID, goodSecret, false, "a:b", "--mfa-serial: ", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, "[profile jon]\n", newKeeper(map[string]aws.Credentials{}))
			form := typing(d)
			form.Force, form.Serial = test.force, test.serial
			environ := map[string]string{"AWS_ACCESS_KEY_ID": test.id, "AWS_SECRET_ACCESS_KEY": test.secret}
			err := form.Given(t.Context(), func(name string) string { return environ[name] })
			if err == nil {
				if test.says != "" || d.keeper.keys["jon"].AccessKeyID != test.id || strings.ContainsAny(d.keeper.keys["jon"].SecretAccessKey, " '") {
					t.Errorf("stored %q without an error, want %q", d.keeper.keys["jon"].AccessKeyID, test.says)
				}
				d.said("vault: warning: the key was not checked: --env asks AWS nothing", "done: stored the key of jon in the encrypted file keystore")
				return
			}
			if test.says == "" || !strings.HasPrefix(err.Error(), test.says) || fault.HintOf(err) != test.hint || len(d.keeper.keys) > 0 {
				t.Errorf("%v, hint %q; want %q, %q", err, fault.HintOf(err), test.says, test.hint)
			}
		})
	}
}

func TestSettingUpIdentityCenterAsksForWhatNoFlagSays(t *testing.T) {
	const url = "https://corp.awsapps.com/start"
	all := vault.SSOAnswers{StartURL: url, SSORegion: "eu-west-1", Region: "us-east-1"}
	for _, test := range []struct {
		name    string
		have    vault.SSOAnswers
		answers []string // nil: there is no terminal
		want    vault.SSOAnswers
		shown   []string
		says    string
	}{
		{"nothing is missing", all, nil, all, nil, ""},
		{"all is missing", vault.SSOAnswers{}, []string{url, "eu-west-1", "us-east-1"}, all, []string{`Your access portal shows both answers: choose an account, then "Access keys".`, "Start URL: ", "Region of Identity Center: ", "Region of the new profiles [eu-west-1]: "}, ""},
		{"the usual region is the Identity Center's", vault.SSOAnswers{StartURL: url, SSORegion: "eu-west-1"}, []string{""}, vault.SSOAnswers{StartURL: url, SSORegion: "eu-west-1", Region: "eu-west-1"}, []string{"Region of the new profiles [eu-west-1]: "}, ""},
		{"and with --yes it is not asked for", vault.SSOAnswers{StartURL: url, SSORegion: "eu-west-1", Yes: true}, nil, vault.SSOAnswers{StartURL: url, SSORegion: "eu-west-1", Region: "eu-west-1", Yes: true}, nil, ""},
		{"a flag that is wrong", vault.SSOAnswers{StartURL: "corp"}, []string{}, vault.SSOAnswers{}, nil, "--start-url: that is not a start URL, like https://corp.awsapps.com/start"},
		{"no terminal", vault.SSOAnswers{StartURL: url}, nil, vault.SSOAnswers{}, nil, "sso add asks for the start URL and the region, and there is no terminal to ask on"},
	} {
		t.Run(test.name, func(t *testing.T) {
			typed := &typist{answers: test.answers}
			var asked vault.Typist
			if test.answers != nil {
				asked = typed
			}
			got, says := test.have, ""
			if err := got.Complete(t.Context(), newDesk(t, "", newKeeper(nil)).session(), asked); err != nil {
				says = err.Error()
			}
			if says != test.says || says == "" && got != test.want {
				t.Errorf("%+v, %q; want %+v, %q", got, says, test.want, test.says)
			}
			equal(t, "shown", typed.shown, test.shown...)
		})
	}
}
