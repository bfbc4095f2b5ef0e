package vault_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"awsvault/internal/vault"
	"awsvault/tests/need"
)

func TestProcessLines(t *testing.T) {
	for _, test := range []struct {
		name, config, goos, program, profile string
		want, says                           string
	}{
		{"a plain name", "[profile dev]\n", "linux", "/usr/bin/vault", "dev", "/usr/bin/vault credential-process dev", ""},
		{"a blank is quoted", "[profile a b]\n", "linux", "/opt/my tools/vault", "a b", "'/opt/my tools/vault' credential-process 'a 'b", ""},
		{"on Windows by the other quotes", "[profile a b]\n", "windows", `C:\my tools\vault.exe`, "a b", `"C:\my tools\vault.exe" credential-process "a "b`, ""},
		{"a backslash of Windows is quoted nowhere else", "[profile dev]\n", "windows", `C:\vault.exe`, "dev", `C:\vault.exe credential-process dev`, ""},
		{"a character of the shell is quoted", "[profile a$b]\n", "linux", "/vault", "a$b", "/vault credential-process 'a$b'", ""},
		{"a name that looks like a flag", "[profile -x]\n", "linux", "/vault", "-x", "/vault credential-process -- -x", ""},
		{"a quote", "[profile dev]\n", "linux", "/o'brien/vault", "dev", `'/o'"'"'brien/vault' credential-process dev`, ""},
		{"what looks like a comment", "[profile dev]\n", "linux", "/a #b/vault", "dev", "'/a ''#b/vault' credential-process dev", ""},
		{"a name that begins with n on Windows", "[profile dev]\n", "windows", `C:\new\vault.exe`, "dev", `C:/new/vault.exe credential-process dev`, ""},
		{"the same on Windows", "[profile dev]\n", "windows", `C:\a #b\vault.exe`, "dev", `"C:\a "#"b\vault.exe" credential-process dev`, ""},
		{"a line break cannot be spelled", "[profile dev]\n", "linux", "/a\nb/vault", "dev", "", `"/a\nb/vault" cannot be written into a credential_process: it has a control character, or is not UTF-8`},
		{"nor can other bytes", "[profile dev]\n", "linux", "/a\xffb", "dev", "", `"/a\xffb" cannot be written into a credential_process: it has a control character, or is not UTF-8`},
		{"a line of ours is replaced", "[profile dev]\ncredential_process = /old/vault credential-process dev\n", "linux", "/vault", "dev", "/vault credential-process dev", ""},
		{"another's line stays", "[profile dev]\ncredential_process = other dev\n", "linux", "/vault", "dev", "", `config:2: profile "dev" has a credential_process that vault did not write`},
		{"what is asked first", "[profile dev]\nrole_arn = x\n", "linux", "/vault", "dev", "", `config:2: profile "dev" has role_arn, and AWS tools use that first`},
		{"a line above the first section", "region = x\n[profile dev]\n", "linux", "/vault", "dev", "", "config:1: line is above the first section: the AWS CLI refuses the file"},
		{"a profile that does not exist", "", "linux", "/vault", "dev", "", `profile "dev" not found in config`},
	} {
		t.Run(test.name, func(t *testing.T) {
			lines, err := newDesk(t, test.config, newKeeper(nil)).session().ProcessLines(test.goos, test.program, []string{test.profile}, false)
			if test.says != "" {
				if err == nil || err.Error() != test.says {
					t.Errorf("it says %v, want %s", err, test.says)
				}
				return
			}
			if err != nil || len(lines) != 1 || lines[0].Profile != test.profile || lines[0].Command != test.want {
				t.Errorf("%v, %v; want %s", lines, err, test.want)
			}
		})
	}
}

func TestProcessLinesAreWrittenAndTakenOut(t *testing.T) {
	const before = "# mine\n[profile a]\nregion = x\n[profile b]\n"
	d := newDesk(t, before, newKeeper(nil))
	lines, err := d.session().ProcessLines("linux", "/vault", []string{"a", "b"}, false)
	if err != nil {
		t.Fatal(err)
	}
	written, err := vault.SetProcessLines([]byte(before), lines)
	if want := "# mine\n[profile a]\nregion = x\ncredential_process = /vault credential-process a\n[profile b]\ncredential_process = /vault credential-process b\n"; err != nil || string(written) != want {
		t.Fatalf("%v: %s", err, written)
	}
	d.config = string(written)
	own, err := d.session().OwnProcessLines([]string{"a", "b"})
	if err != nil || fmt.Sprint(own) != fmt.Sprint(lines) {
		t.Errorf("%v, %v", own, err)
	}
	if after, err := vault.RemoveProcessLines(written, own); err != nil || string(after) != before {
		t.Errorf("%v: %s", err, after)
	}
	// A quoted name finds its profile and that profile's line.
	if lines, err := d.session().OwnProcessLines([]string{`"a"`}); err != nil || lines[0].Profile != "a" {
		t.Errorf("%v, %v", lines, err)
	}
	d.config = "[profile a]\n[profile b]\ncredential_process = other\n"
	for name, says := range map[string]string{
		"a": `profile "a" has no credential_process`, "b": `config:3: profile "b" has a credential_process that vault did not write`,
	} {
		if _, err := d.session().OwnProcessLines([]string{name}); err == nil || err.Error() != says {
			t.Errorf("it says %v, want %s", err, says)
		}
	}
}

// botocore runs the line, with real config files, its reader and both of its splitters.
func TestProcessLinesAreBotocores(t *testing.T) {
	python := need.Program(t, "python3", "python3-botocore")
	if exec.Command(python, "-c", "import botocore").Run() != nil {
		need.Missing(t, "apt-get install python3-botocore")
	}
	type call struct{ Platform, Config, Program, Profile string }
	var calls []call
	random := rand.New(rand.NewPCG(1, 2))
	letters := []rune("abn'\"\\\\ #;%$&^|<>()!`*?~=:[]{}-/.ü☃\u00a0\u2028")
	word := func() string {
		w := make([]rune, 1+random.IntN(9))
		for i := range w {
			w[i] = letters[random.IntN(len(letters))]
		}
		return string(w)
	}
	for i := range 4000 {
		goos, platform := "linux", "linux"
		if i%2 == 1 {
			goos, platform = "windows", "win32"
		}
		program, profile := "/"+word(), strings.TrimRight(word(), " ") // no name ends in a blank
		if goos == "windows" {
			program = `C:\` + strings.ReplaceAll(program[1:], `"`, "") + ".exe" // no path has a quote
			profile = strings.TrimRight(profile, "\" \u00a0\u2028")             // the one end that has no spelling beside a quoted path
		}
		if profile == "" {
			continue
		}
		line, err := vault.ProcessCommand(goos, program, profile)
		if err != nil {
			t.Fatalf("%q %q: %v", program, profile, err)
		}
		for _, mark := range []string{" #", " ;"} {
			if strings.Contains(line, mark) {
				t.Fatalf("%q %q: %s: some SDKs take that for a comment", program, profile, line)
			}
		}
		text, err := vault.SetProcessLines([]byte("[profile x]\nregion = y\n"), []vault.ProcessLine{{Profile: "x", Command: line}})
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		calls = append(calls, call{platform, string(text), program, profile})
	}
	input, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", `
import json, os, sys, tempfile
from botocore.compat import compat_shell_split
from botocore.configloader import load_config
path = os.path.join(sys.argv[1], "config")
for c in json.load(sys.stdin):
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(c["Config"])
    line = load_config(path)["profiles"]["x"]["credential_process"]
    got = compat_shell_split(line, c["Platform"])
    profile = c["Profile"]
    want = [c["Program"], "credential-process"] + (["--"] if profile.startswith("-") else []) + [profile]
    if c["Platform"] == "win32" and want[0][1:2] == ":" and "\\n" in want[0]:
        want[0] = want[0].replace("\\", "/")
    if got != want:
        print(repr((line, got, want)))
`, t.TempDir())
	cmd.Stdin = bytes.NewReader(input)
	cmd.Env = append(os.Environ(), "PYTHONUTF8=1")
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out[:min(len(out), 2000)])
	}
}
