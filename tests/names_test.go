package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// Messages, hints, help, the manual and completions use the name by which the user called the
// program (design.md, 13): packages install awsvault, and users link aws-vault.
func TestMessagesNameTheProgramAsItWasCalled(t *testing.T) {
	w := world.New(t)
	for _, name := range []string{"vault", "awsvault", "aws-vault", "av.exe"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.Symlink(w.Vault, path); err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(name, ".exe")
			// This matches a command to type, or the beginning of a message, with another name.
			other := regexp.MustCompile(`(?m)(?:^|[ "'(])(vault|awsvault|aws-vault|av)(?:: warning|[ ](?:use|off|list|exec|add|export|hook|init|refresh|status|console|doctor|sso|help|--help)\b)|^(vault|awsvault|aws-vault|av): `)
			for _, c := range []struct {
				args []string
				says []string
			}{
				{[]string{"list", "--nope"}, []string{"NAME: unknown flag --nope", "\n  hint: NAME list --help\n"}},
				{[]string{"export", "nope"}, []string{"NAME: profile "}},
				{[]string{"use", "dev"}, []string{"NAME export PROFILE"}},
				{[]string{"switch"}, []string{"\n  hint: NAME use PROFILE"}},
				{[]string{}, []string{"NAME --help", "NAME "}},
				{[]string{"--help"}, []string{"NAME use dev", "NAME exec prod"}},
				{[]string{"use", "--help"}, []string{"Usage: NAME use [PROFILE]", "\n  NAME use dev"}},
				{[]string{"help", "environment"}, nil},
				{[]string{"__manual"}, []string{".TH UPPER 1", "NAME use", "NAME export dev \\-\\-format=json"}},
				{[]string{"completion", "bash"}, []string{"__vault_complete_install NAME"}},
				{[]string{"completion", "zsh"}, []string{"#compdef NAME"}},
				{[]string{"version"}, []string{"NAME "}},
				{[]string{"doctor"}, []string{"NAME "}},
				{[]string{"status"}, nil},
			} {
				cmd := exec.Command(path, c.args...)
				cmd.Env = w.Environ("PATH=" + filepath.Dir(path) + ":/usr/bin:/bin")
				out, _ := cmd.CombinedOutput()
				for _, want := range c.says {
					want = strings.NewReplacer("NAME", name, "UPPER", strings.ToUpper(name)).Replace(want)
					if !strings.Contains(string(out), want) {
						t.Errorf("%q does not say %q:\n%s", c.args, want, out)
					}
				}
				if len(c.args) > 0 && c.args[0] == "completion" {
					continue // shell code, in which __vault names are fixed
				}
				for _, found := range other.FindAllStringSubmatch(string(out), -1) {
					if found[1]+found[2] != name {
						t.Errorf("%q says %q", c.args, found[0])
					}
				}
			}
		})
	}
}

// The hook defines vault, whatever the program's name is, and users of the shell type vault. With
// --cmd it defines that name instead.
func TestTheHookOfAnyNameDefinesVault(t *testing.T) {
	w := world.New(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "awsvault")
	if err := os.Symlink(w.Vault, path); err != nil {
		t.Fatal(err)
	}
	for _, shell := range []struct{ program, debian, load, also string }{
		{"bash", "bash", `eval "$(awsvault hook bash%s)"`, ""},
		{"zsh", "zsh", `eval "$(awsvault hook zsh%s)"`, "-f"},
		{"fish", "fish", `awsvault hook fish%s | source`, "--no-config"},
		{"pwsh", "", `$h = awsvault hook powershell%s | Out-String; Invoke-Expression $h`, "-NoProfile"},
	} {
		for _, function := range []string{"vault", "av"} {
			t.Run(shell.program+" "+function, func(t *testing.T) {
				var program string
				if shell.program == "pwsh" {
					program = need.Pwsh(t)
				} else {
					program = need.Program(t, shell.program, shell.debian)
				}
				flag := ""
				if function != "vault" {
					flag = " --cmd " + function
				}
				script := strings.Replace(shell.load, "%s", flag, 1) + "\n" +
					function + " list --nope\n" + function + " use nope\n" + function + " exec plain -- env\n" +
					function + " use plain\n" + function + " status\nawsvault list --nope\n"
				args := []string{"-c", script}
				if shell.also != "" {
					args = append([]string{shell.also}, args...)
				}
				cmd := exec.Command(program, args...)
				cmd.Env = w.Environ("PATH=" + dir + ":/usr/bin:/bin")
				text, _ := cmd.CombinedOutput()
				out := string(text)
				for _, want := range []string{
					"\n  hint: " + function + " list --help", // untouched
					function + ": profile \"nope\"",          // changes the shell
					"(" + function + " use)",                 // in an answer
					"\n  hint: awsvault list --help",         // past the function
				} {
					if !strings.Contains(out, want) {
						t.Errorf("no %q in\n%s", want, out)
					}
				}
				if strings.Contains(out, "AWS_VAULT_CALLED") {
					t.Errorf("a command sees how its vault was called:\n%s", out)
				}
			})
		}
	}
}
