package startup

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestWhereEachShellLooks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths are others there")
	}
	for _, test := range []struct {
		name, shell string
		places      Places
		want        string
	}{
		{"bash", "bash", Places{Home: "/h"}, "/h/.bashrc"},
		{"zsh", "zsh", Places{Home: "/h"}, "/h/.zshrc"},
		{"zsh with ZDOTDIR", "zsh", Places{Home: "/h", ZDotDir: "/z"}, "/z/.zshrc"},
		{"a relative ZDOTDIR does not count", "zsh", Places{Home: "/h", ZDotDir: "z"}, "/h/.zshrc"},
		{"ZDOTDIR is not for bash", "bash", Places{Home: "/h", ZDotDir: "/z"}, "/h/.bashrc"},
		{"fish", "fish", Places{Home: "/h"}, "/h/.config/fish/config.fish"},
		{"fish with XDG_CONFIG_HOME", "fish", Places{Home: "/h", Config: "/c"}, "/c/fish/config.fish"},
		{"a relative XDG_CONFIG_HOME does not count", "fish", Places{Home: "/h", Config: "c"}, "/h/.config/fish/config.fish"},
		{"nushell", "nushell", Places{Home: "/h"}, "/h/.config/nushell/config.nu"},
		{"nushell on macOS", "nushell", Places{Home: "/h", GOOS: "darwin"}, "/h/Library/Application Support/nushell/config.nu"},
		{"xonsh", "xonsh", Places{Home: "/h"}, "/h/.xonshrc"},
		{"elvish", "elvish", Places{Home: "/h", Config: "/c"}, "/c/elvish/rc.elv"},
		{"PowerShell", "powershell", Places{Home: "/h", Config: "/c", GOOS: "linux"}, "/c/powershell/Microsoft.PowerShell_profile.ps1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := test.places.File(t.Context(), test.shell); got != test.want || err != nil {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
	if path, err := (Places{}).File(t.Context(), "bash"); err == nil {
		t.Errorf("without a home directory it is %q", path)
	}
	for want, places := range map[string]Places{
		"": {}, "/h/.config/fish/fish_variables": {Home: "/h"}, "/c/fish/fish_variables": {Home: "/h", Config: "/c"},
	} {
		if got := places.FishVariables(); got != want {
			t.Errorf("%+v: %q, want %q", places, got, want)
		}
	}
}

// Vault asks the PowerShell that called. It prints the path in ASCII.
func TestThePowerShellThatCalledIsAsked(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a script of sh")
	}
	const path = "/users/Jörg Müller/profile.ps1"
	for _, said := range []string{base64.StdEncoding.EncodeToString([]byte(path)), path} {
		caller := filepath.Join(t.TempDir(), "powershell")
		if err := os.WriteFile(caller, []byte("#!/bin/sh\necho '"+said+"'\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		got, err := Places{GOOS: "windows", Home: "/h", Caller: caller}.File(t.Context(), "powershell")
		if got != path || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

// If the policy forbids all scripts, PowerShell does not read its start-up file either.
func TestAPolicyThatKeepsPowerShellFromItsStartUpFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a script of sh")
	}
	for said, want := range map[string]string{"Restricted": "Restricted", "AllSigned": "AllSigned", "RemoteSigned": "", "Unrestricted": "", "Bypass": ""} {
		caller := filepath.Join(t.TempDir(), "powershell")
		if err := os.WriteFile(caller, []byte("#!/bin/sh\n[ \"$4\" = Get-ExecutionPolicy ] && echo "+said+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		if got := (Places{GOOS: "windows", Home: "/h", Caller: caller}).Policy(t.Context(), "powershell"); got != want {
			t.Errorf("%s: %q", said, got)
		}
		if got := (Places{GOOS: "linux", Home: "/h", Caller: caller}).Policy(t.Context(), "powershell"); got != "" {
			t.Errorf("on Linux, %s: %q", said, got)
		}
	}
}

func TestLinesThatLoadTheHook(t *testing.T) {
	for line, want := range map[string]string{
		`eval "$(vault hook bash)"`:                                         "loads, only",
		`  eval "$('/opt/a b/vault' hook bash --cmd av)"  `:                 "loads, only",
		`[ -z "$PS1" ] || eval "$(vault hook bash)"`:                        "loads",
		`eval "$(vault hook bash)"; echo hi`:                                "loads",
		`eval "$(vault hook bash; rm -r /)"`:                                "loads",
		`# eval "$(vault hook bash)"`:                                       "",
		`eval "$(vault hook zsh)"`:                                          "",
		`eval "$(vault hook bashful)"`:                                      "",
		`eval "$(my-vault hook bash)"`:                                      "",
		`'C:\bin\vault.exe' hook bash`:                                      "loads",
		`Invoke-Expression (& 'C:\vault.exe' hook powershell | Out-String)`: "",
	} {
		got := ""
		if loading("bash")(line) {
			got = "loads"
			if onlyLoading("bash")(line) {
				got = "loads, only"
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	for shell, line := range map[string]string{
		"fish":       `'/opt/vault' hook fish --no-auto | source`,
		"powershell": `Invoke-Expression (& '/opt/vault' hook powershell | Out-String)`,
		"zsh":        `eval "$('/opt/vault' hook zsh)"`,
		"nushell":    `mkdir ($nu.data-dir | path join vendor autoload); ^"/opt/vault" hook nushell --cmd av | save --force ($nu.data-dir | path join vendor autoload vault.nu)`,
		"xonsh":      `execx(__import__('subprocess').check_output(["/opt/a b/vault", 'hook', 'xonsh', '--cmd', 'av'], text=True))`,
		"elvish":     `eval ((external '/opt/vault') hook elvish | slurp)`,
	} {
		if !loading(shell)(line) || !onlyLoading(shell)(line) || loading("bash")(line) {
			t.Errorf("%s: %s", shell, line)
		}
	}
}

func TestProgram(t *testing.T) {
	text := "# mine\neval \"$('/opt/a b/vault' hook bash)\"\neval \"$(vault hook bash)\"\nInvoke-Expression (& 'C:\\Program Files\\vault.exe' hook powershell | Out-String)\n"
	for number, want := range map[int]string{2: "/opt/a b/vault", 3: "", 4: `C:\Program Files\vault.exe`} {
		if got := Program(text, number); got != want {
			t.Errorf("line %d calls %q, want %q", number, got, want)
		}
	}
}

func TestAddAndRemoveChangeNoOtherByte(t *testing.T) {
	const line = `eval "$(vault hook bash)"`
	for _, test := range []struct{ name, before, after, removed string }{
		{"an empty file", "", line + "\n", ""},
		{"a file", "a\nb\n", "a\nb\n" + line + "\n", "a\nb\n"},
		{"a file without a last line end gets one", "a", "a\n" + line + "\n", "a\n"},
		{"a file of Windows", "a\r\n", "a\r\n" + line + "\r\n", "a\r\n"},
		{"bytes that are no text", "\xff\x01\n", "\xff\x01\n" + line + "\n", "\xff\x01\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Add(test.before, line); got != test.after {
				t.Errorf("added: %q, want %q", got, test.after)
			}
			if got := Lines("bash", test.after); len(got) != 1 {
				t.Errorf("the lines are %d", got)
			}
			if got, n, more := Remove("bash", test.after); got != test.removed || n != 1 || more != 0 {
				t.Errorf("removed %d (%d): %q, want %q", n, more, got, test.removed)
			}
		})
	}
}

func TestALineThatDoesMoreIsLeft(t *testing.T) {
	text := "eval \"$(vault hook bash)\"\n[ -t 0 ] && eval \"$(vault hook bash)\"\n"
	if got := Lines("bash", text); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("the lines are %d", got)
	}
	if left, removed, more := Remove("bash", text); left != text || removed != 0 || more != 2 {
		t.Errorf("removed %d, more in line %d: %q", removed, more, left)
	}
}

func TestReadAndReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config", ".bashrc")
	if text, err := Read(path); text != "" || err != nil {
		t.Errorf("a file that does not exist is %q, %v", text, err)
	}
	if err := Replace(path, "", "a\n"); err != nil {
		t.Fatal(err)
	}
	if text, err := Read(path); text != "a\n" || err != nil {
		t.Errorf("it is %q, %v", text, err)
	}
	if err := Replace(path, "b\n", "c\n"); err == nil || !strings.Contains(err.Error(), "it changed in the meantime") {
		t.Errorf("a file that was changed is replaced: %v", err)
	}
	if text, _ := Read(path); text != "a\n" {
		t.Errorf("it is %q", text)
	}
	for name, text := range map[string]string{"UTF-16": "a\x00\n\x00", "too much": strings.Repeat("a", longest+1)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}
