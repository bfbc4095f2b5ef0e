//go:build unix

package sources

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// codes makes a program that prints the codes of a file, one at each call.
func (p *place) codes(name string, codes ...string) {
	p.t.Helper()
	dir := filepath.Join(p.Dir, "bin")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		p.t.Fatal(err)
	}
	p.write(filepath.Join(dir, name+".codes"), strings.Join(codes, "\n")+"\n")
	p.script(filepath.Join(dir, name), fmt.Sprintf(`echo "$@" >> %[1]s.argv; echo touch your key >&2; head -n 1 %[1]s.codes; tail -n +2 %[1]s.codes > %[1]s.rest; mv %[1]s.rest %[1]s.codes`, filepath.Join(dir, name)))
	p.env = append(p.env, "PATH="+dir+":"+os.Getenv("PATH"))
}

func TestCodesFromPrograms(t *testing.T) {
	for name, test := range map[string]struct{ program, config string }{
		"mfa_process":           {"knows", "mfa_process = knows"},
		"--prompt=ykman":        {"ykman", ""},
		"AWS_VAULT_PROMPT=pass": {"pass", ""},
		"DISPLAY=:0":            {"zenity", ""}, // no terminal, so a window
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.codes(test.program, p.Fake.Device(p.Example.MFASerial).NextCode())
			if test.config != "" {
				p.config("[default]\nregion = eu-west-1\n[profile jon]\nmfa_serial = " + p.Example.MFASerial + "\n" + test.config + "\n")
			}
			args := []string{"export", "jon"}
			if strings.HasPrefix(name, "--") {
				args = append(args, name)
			} else if strings.Contains(name, "=") {
				p.env = append(p.env, name)
			}
			_, said, status := p.vault(args...)
			if status != 0 {
				t.Fatalf("status %d: %s", status, said)
			}
			if !strings.Contains(said, "touch your key") {
				t.Errorf("what the program says is not shown: %q", said)
			}
			argv, _ := os.ReadFile(filepath.Join(p.Dir, "bin", test.program+".argv"))
			if test.config == "" && !strings.Contains(string(argv), "jon") {
				t.Errorf("it was not told which code: %q", argv)
			}
		})
	}
}

// A code that was used already is not asked for again at once: the program would
// print the same one.
func TestAUsedCodeOfAProgramIsWaitedOut(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	device := p.Fake.Device(p.Example.MFASerial)
	used := device.NextCode()
	p.ok("export", "jon", "-t", used)
	p.codes("knows", used, device.NextCode())
	p.config("[default]\nregion = eu-west-1\n[profile jon]\nmfa_serial = " + p.Example.MFASerial + "\nmfa_process = knows\n")
	_, said, status := p.vault("export", "jon", "--fresh")
	if status != 0 || !strings.Contains(said, "the MFA code was not accepted; waiting for the next one") {
		t.Errorf("status %d: %s", status, said)
	}
}

func TestAPromptThatIsNone(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for args, want := range map[string]string{
		"--prompt=telegram": `2 vault: --prompt: MFA prompt "telegram" is not one of terminal, kdialog, osascript, pass, wincredui, ykman, zenity`,
		"--prompt=kdialog":  `1 vault: MFA prompt "kdialog": the program is not on PATH`,
	} {
		if _, said, status := p.vault("export", "jon", args); !strings.HasPrefix(fmt.Sprint(status, " ", said), want+"\n") {
			t.Errorf("%s: status %d: %s", args, status, said)
		}
	}
	if _, said, status := p.vault("export", "jon"); status != 3 || !strings.Contains(said, `profile "jon" needs the MFA code`) {
		t.Errorf("nobody there: status %d: %s", status, said)
	}
}
