package front

import (
	"strings"
	"testing"
)

func TestCommandsThatAreNoPrograms(t *testing.T) {
	for name, want := range map[string]string{
		"echo": "cmd /c echo", "SET": "cmd /c SET", "Dir": "cmd /c Dir", "Get-ChildItem": "powershell -Command Get-ChildItem", "Invoke-WebRequest": "powershell -Command Invoke-WebRequest",
		"terraform": "", "docker-compose": "", "aws": "", "x": "", "-": "", "-x": "", "ec ho": "",
	} {
		if got := commandHint("windows", name); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
		if got := commandHint("linux", name); got != "" {
			t.Errorf("on Linux, %s: %q", name, got)
		}
	}
	for path, want := range map[string]string{`x.ps1`: "powershell -File x.ps1", "a.PS1": "powershell -File a.PS1", "x.sh": "bash x.sh", "x.exe": "", "x.cmd": "", "x": ""} {
		if got := scriptHint(path); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q", path, got)
		}
	}
}

func TestShellsThatExecOpens(t *testing.T) {
	for _, test := range []struct{ goos, parent, shell, comspec, want string }{
		{"windows", `C:\Program Files\PowerShell\7\pwsh.exe`, "", `C:\W\cmd.exe`, `C:\Program Files\PowerShell\7\pwsh.exe`},
		{"windows", `C:\W\powershell.exe`, "/bin/bash", `C:\W\cmd.exe`, `C:\W\powershell.exe`},
		{"windows", `C:\W\cmd.exe`, "", `C:\W\cmd.exe`, `C:\W\cmd.exe`},
		{"windows", `C:\Program Files\Git\usr\bin\bash.exe`, "/usr/bin/bash", `C:\W\cmd.exe`, `C:\Program Files\Git\usr\bin\bash.exe`},
		{"windows", `C:\W\explorer.exe`, "/bin/bash", `C:\W\cmd.exe`, `C:\W\cmd.exe`},
		{"windows", "", "", "", "cmd.exe"},
		{"linux", "", "/bin/zsh", "", "/bin/zsh"},
		{"linux", "", "", "", "/bin/sh"},
	} {
		if got := subshellOf(test.goos, test.parent, test.shell, test.comspec); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}
