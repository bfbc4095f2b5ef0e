//go:build unix

// Package roads plays the first minutes of a new user: from a home with nothing of vault's
// in it, in one bash on a terminal, by typing only what the screen says comes next.
package roads

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

const (
	startURL = "https://example.awsapps.com/start"
	ann      = "ann@example.com"
)

// TestMain lets the test program be the browser that a sign-in opens.
func TestMain(m *testing.M) {
	if os.Getenv("VAULT_TEST_BROWSER") != "" && len(os.Args) == 2 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := awsfake.Visit(ctx, os.Args[1], ann, true); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// answer is what is typed once the terminal has shown a text.
type answer struct{ shown, typed string }

// road is one bash on a terminal.
type road struct {
	t     *testing.T
	world *world.World
	tty   *terminal.Terminal
	read  int // of what it has shown, what belongs to commands that are done
}

// ready ends every prompt, where a terminal does not show it.
const ready = "\x1b]7777;ready\a"

// begin makes a home in which only prepare has left something, and opens the shell there.
func begin(t *testing.T, prepare func(w *world.World)) *road {
	t.Helper()
	return beginAs(t, false, prepare)
}

// nobody is the number of a user who may do little.
const nobody = 65534

// beginAs is begin, as the user who runs the tests or as an ordinary one.
func beginAs(t *testing.T, ordinary bool, prepare func(w *world.World)) *road {
	t.Helper()
	w := world.New(t)
	for _, name := range []string{".aws", ".awsvault", ".local"} {
		if err := os.RemoveAll(filepath.Join(w.Home, name)); err != nil {
			t.Fatal(err)
		}
	}
	if prepare != nil {
		prepare(w)
	}
	bin := filepath.Join(w.Dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	w.AWSCLI(t, bin)
	if ordinary {
		w.Vault = reachable(t, w.Vault, bin)
	} else if err := os.Symlink(w.Vault, filepath.Join(bin, "vault")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(w.Home, ".bashrc"), "PS1='$ \\[\\e]7777;ready\\a\\]'\nHISTFILE=\n")
	region := w.Fake.RegionURL("eu-west-1")
	cmd := exec.Command(need.Program(t, "bash", "bash"), "--noprofile", "--noediting", "-i")
	if ordinary {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		give(t, w.Dir, nobody)
	}
	cmd.Dir = w.Home
	for _, pair := range w.Environ("PATH="+bin+":"+os.Getenv("PATH"), "AWS_ENDPOINT_URL_SSO="+region, "AWS_ENDPOINT_URL_SSO_OIDC="+region,
		"VAULT_TEST_BROWSER=1", "BROWSER="+os.Args[0], "AWS_PAGER=", "SHELL=/bin/bash") {
		// A person has neither: the keystore is found, and the passphrase typed.
		if name, _, _ := strings.Cut(pair, "="); name != "AWS_VAULT_BACKEND" && name != "AWS_VAULT_FILE_PASSPHRASE" {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	tty, err := terminal.Start(cmd, terminal.Size{Rows: 40, Columns: 100})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	r := &road{t: t, world: w, tty: tty}
	r.until()
	return r
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// types types a command, answers what it asks, and returns what the terminal showed.
func (r *road) types(command string, answers ...answer) string {
	r.t.Helper()
	r.key(command + "\n")
	return r.until(answers...)
}

func (r *road) key(text string) {
	r.t.Helper()
	if err := r.tty.Type(text); err != nil {
		r.t.Fatal(err)
	}
}

func (r *road) until(answers ...answer) string {
	r.t.Helper()
	deadline := time.After(time.Minute)
	at := r.read
	for {
		all := r.tty.Shown()
		if len(answers) > 0 {
			if i := strings.Index(all[at:], answers[0].shown); i >= 0 {
				at += i + len(answers[0].shown)
				r.key(r.meant(answers[0].typed))
				answers = answers[1:]
				continue
			}
		}
		if i := strings.Index(all[r.read:], ready); i >= 0 {
			shown := terminal.Visible(all[r.read : r.read+i])
			r.read += i + len(ready)
			if len(answers) > 0 {
				r.t.Fatalf("it did not show %q:\n%s", answers[0].shown, shown)
			}
			return shown
		}
		select {
		case <-r.tty.More():
		case <-deadline:
			r.t.Fatalf("waited in vain for %q; the terminal shows:\n%q", answers, all[r.read:])
		}
	}
}

// meant is what stands for a word of the answers.
func (r *road) meant(typed string) string {
	return os.Expand(typed, func(name string) string {
		switch name {
		case "key":
			return r.world.Example.AccessKeyID
		case "secret":
			return r.world.Example.SecretAccessKey
		case "code":
			return r.world.Fake.Device(r.world.Example.MFASerial).NextCode()
		}
		return "$" + name
	})
}

// nextLine is a line that says what to type next, and the lines below it that say what
// else may be typed.
var nextLine = regexp.MustCompile(`(?m)^( *(?:next:|Next) +)(\S.*)\n((?: {10}\S.*\n)*)`)

// next is the command that the screen says comes next: the one that begins so, where
// there are several.
func (r *road) next(shown, begins string) string {
	r.t.Helper()
	found := nextLine.FindAllStringSubmatch(shown+"\n", -1)
	if len(found) == 0 {
		r.t.Fatalf("nothing says what comes next:\n%s", shown)
	}
	last := found[len(found)-1]
	var commands []string
	for _, line := range append([]string{last[2]}, strings.Split(last[3], "\n")...) {
		if command, _, _ := strings.Cut(strings.TrimSpace(line), "   "); command != "" {
			commands = append(commands, command)
		}
	}
	i := slices.IndexFunc(commands, func(c string) bool { return strings.HasPrefix(c, begins) })
	if i < 0 {
		r.t.Fatalf("what comes next is %q, and not %q", commands, begins)
	}
	return commands[i]
}

// setUp types `vault`, and what it says comes next: the hook. It returns what that shows.
func (r *road) setUp() string {
	r.t.Helper()
	return r.types(r.next(r.types("vault"), "eval "), answer{"Add it? [Y/n] ", "y\n"})
}

// arrives asks AWS who this shell is.
func (r *road) arrives(role string) {
	r.t.Helper()
	shown := r.types("aws sts get-caller-identity")
	if !strings.Contains(shown, role) || !strings.Contains(shown, "111122223333") {
		r.t.Errorf("AWS says of this shell:\n%s", shown)
	}
}

func TestIdentityCenter(t *testing.T) {
	t.Parallel()
	r := begin(t, nil)
	shown := r.types(r.next(r.setUp(), "vault sso add"),
		answer{"Start URL: ", startURL + "\n"},
		answer{"Region of Identity Center: ", "eu-west-1\n"},
		answer{"Region of the new profiles [eu-west-1]: ", "\n"},
		answer{"to ~/.aws/config? [Y/n] ", "\n"},
	)
	r.types(r.next(shown, "vault use"), answer{"3/3", "admin"}, answer{"admin", "\r"})
	r.arrives("AWSReservedSSO_Admin")
}

// roleProfile is a profile of a role that the key of a profile can assume.
func roleProfile(source, serial string) string {
	text := "\n[profile admin]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = " + source + "\nregion = eu-west-1\n"
	if serial != "" {
		text += "mfa_serial = " + serial + "\n"
	}
	return text
}

// chosen are the answers that choose the profile admin in the picker.
func chosen() []answer { return []answer{{"profile: ", "admin"}, {"admin", "\r"}} }

func TestAccessKeyWithMFA(t *testing.T) {
	t.Parallel()
	r := begin(t, nil)
	add := strings.Replace(r.next(r.setUp(), "vault add "), "NAME", "jon", 1)
	shown := r.types(add,
		answer{"Access key ID: ", "${key}\n"}, answer{"Secret access key: ", "${secret}\n"}, answer{"Region: ", "eu-west-1\n"},
		answer{"Ask for its code when this profile is used? [Y/n] ", "\n"},
		answer{"New passphrase for ", "opensesame\n"}, answer{"Once more: ", "opensesame\n"},
	)
	r.types(r.next(shown, "vault use jon"), answer{"Passphrase for ", "opensesame\n"}, answer{"MFA code for jon", "${code}\n"})
	r.arrives(":user/jon")
	r.types("vault off")
	// The administrator sends the profile of a role.
	write(t, filepath.Join(r.world.Home, ".aws", "config"), "[profile jon]\nregion = eu-west-1\nmfa_serial = "+r.world.Example.MFASerial+"\n"+roleProfile("jon", r.world.Example.MFASerial))
	r.types(r.next(r.types("vault"), "vault use"), chosen()...)
	r.arrives("assumed-role/admin/")
}

func TestKeysInPlainText(t *testing.T) {
	t.Parallel()
	r := begin(t, func(w *world.World) {
		write(t, filepath.Join(w.Home, ".aws", "credentials"), "[jon]\naws_access_key_id = "+w.Example.AccessKeyID+"\naws_secret_access_key = "+w.Example.SecretAccessKey+"\n")
		write(t, filepath.Join(w.Home, ".aws", "config"), roleProfile("jon", w.Example.MFASerial))
	})
	shown := r.types(r.next(r.setUp(), "vault import credentials"),
		answer{"Store 1 key in ", "\n"},
		answer{"New passphrase for ", "opensesame\n"}, answer{"Once more: ", "opensesame\n"},
		answer{"[y/N] ", "y\n"},
	)
	r.types(r.next(shown, "vault use"), append(chosen(), answer{"Passphrase for ", "opensesame\n"}, answer{"MFA code for jon", "${code}\n"})...)
	r.arrives("assumed-role/admin/")
	if text, err := os.ReadFile(filepath.Join(r.world.Home, ".aws", "credentials")); err != nil || strings.Contains(string(text), r.world.Example.SecretAccessKey) {
		t.Errorf("the key is still in plain text:\n%s%v", text, err)
	}
}

func TestTheFileKeystoreOfAWSVault(t *testing.T) {
	t.Parallel()
	r := begin(t, func(w *world.World) {
		write(t, filepath.Join(w.Home, ".aws", "config"), "[profile jon]\nregion = eu-west-1\n"+roleProfile("jon", w.Example.MFASerial))
		// What aws-vault would have written: the same library, and the same passphrase.
		if _, errs, status := w.Run([]string{"AWS_ACCESS_KEY_ID=" + w.Example.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + w.Example.SecretAccessKey, "AWS_VAULT_FILE_PASSPHRASE=opensesame"},
			"add", "jon", "--env"); status != 0 {
			t.Fatal(errs)
		}
	})
	r.types(r.next(r.setUp(), "vault use"), append(chosen(), answer{"Passphrase for ", "opensesame\n"}, answer{"MFA code for jon", "${code}\n"})...)
	r.arrives("assumed-role/admin/")
}
