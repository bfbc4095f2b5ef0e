package vault_test

import (
	"fmt"
	"testing"

	"awsvault/internal/vault"
)

func TestProcessLines(t *testing.T) {
	for _, test := range []struct {
		name, config, goos, program, profile string
		want, says                           string
	}{
		{"a plain name", "[profile dev]\n", "linux", "/usr/bin/vault", "dev", "/usr/bin/vault credential-process dev", ""},
		{"a blank is quoted", "[profile a b]\n", "linux", "/opt/my tools/vault", "a b", "'/opt/my tools/vault' credential-process 'a b'", ""},
		{"on Windows by the other quotes", "[profile a b]\n", "windows", `C:\my tools\vault.exe`, "a b", `"C:\my tools\vault.exe" credential-process "a b"`, ""},
		{"a backslash of Windows is quoted nowhere else", "[profile dev]\n", "windows", `C:\vault.exe`, "dev", `C:\vault.exe credential-process dev`, ""},
		{"a character of the shell is quoted", "[profile a$b]\n", "linux", "/vault", "a$b", "/vault credential-process 'a$b'", ""},
		{"a name that looks like a flag", "[profile -x]\n", "linux", "/vault", "-x", "/vault credential-process -- -x", ""},
		{"a quote cannot be spelled", "[profile dev]\n", "linux", "/o'brien/vault", "dev", "", `"/o'brien/vault" cannot be written into a credential_process that every AWS tool reads alike`},
		{"a comment cannot be spelled", "[profile dev]\n", "linux", "/a #b/vault", "dev", "", `"/a #b/vault" cannot be written into a credential_process that every AWS tool reads alike`},
		{"a line of ours is replaced", "[profile dev]\ncredential_process = /old/vault credential-process dev\n", "linux", "/vault", "dev", "/vault credential-process dev", ""},
		{"another's line stays", "[profile dev]\ncredential_process = other dev\n", "linux", "/vault", "dev", "", `config:2: profile "dev" has a credential_process that vault did not write`},
		{"what is asked first", "[profile dev]\nrole_arn = x\n", "linux", "/vault", "dev", "", `config:2: profile "dev" has role_arn, and AWS tools ask that first`},
		{"a profile that does not exist", "", "linux", "/vault", "dev", "", `profile "dev" not found in config`},
	} {
		t.Run(test.name, func(t *testing.T) {
			lines, err := newDesk(t, test.config, newKeeper(nil)).session().ProcessLines(test.goos, test.program, []string{test.profile})
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
	lines, err := d.session().ProcessLines("linux", "/vault", []string{"a", "b"})
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
	// A name in quotes finds the profile, and it is that profile's line.
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
