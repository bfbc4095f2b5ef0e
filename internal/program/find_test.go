package program

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/internal/env"
	"awsvault/internal/fault"
)

func TestCommandsThatAreNoPrograms(t *testing.T) {
	for name, want := range map[string]string{
		"echo": "cmd /c echo", "SET": "cmd /c SET", "Dir": "cmd /c Dir", "Get-ChildItem": "powershell -Command Get-ChildItem", "Invoke-WebRequest": "powershell -Command Invoke-WebRequest", "ls": "powershell -Command ls", "Cat": "powershell -Command Cat",
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

// The error says what is at a Windows path that cannot be run.
func TestWhatIsNoProgramOfWindows(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"bare", "tool.ps1", "folder/x"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := Finder{GOOS: "windows", Look: func(name string) (string, error) { return "", &exec.Error{Name: name, Err: exec.ErrNotFound} }}
	for name, want := range map[string]string{"bare": "has no extension like .exe", "tool": "tool.ps1 is a script", "folder": "is a directory", "none": "command not found"} {
		_, _, err := f.Find(dir + "/" + name)
		status := CannotRun
		if name == "none" {
			status = NotFound
		}
		if err == nil || !strings.Contains(err.Error(), want) || fault.KindOf(err) != status {
			t.Errorf("%s: %v", name, err)
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
		if got := Subshell(test.goos, test.parent, test.shell, test.comspec); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

func TestAShellIsNamedByItsProgramToo(t *testing.T) {
	for name, want := range map[string]string{"pwsh": "powershell", "nu": "nushell", "zsh": "zsh", "ksh": "ksh"} {
		if got := Known(name); got != want {
			t.Errorf("%s is known as %q, want %q", name, got, want)
		}
	}
	for path, want := range map[string]string{"/usr/bin/pwsh": "powershell", "-nu": "nushell", "-zsh": "zsh", "/bin/ksh": ""} {
		if got := Shell("linux", path); got != want {
			t.Errorf("%s is the shell %q, want %q", path, got, want)
		}
	}
}

func TestWhatAShellWouldRun(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "notes")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	missing := func(string) (string, error) { return "", &exec.Error{Name: "x", Err: exec.ErrNotFound} }
	here := func(path string) func(string) (string, error) {
		return func(string) (string, error) { return path, &exec.Error{Name: path, Err: exec.ErrDot} }
	}
	at := func(path string) func(string) (string, error) {
		return func(string) (string, error) { return path, nil }
	}
	for name, c := range map[string]struct {
		finder Finder
		word   string
		want   string
		kind   fault.Kind
	}{
		"no name":                          {Finder{Look: missing}, "", "the name of the command is empty", NotFound},
		"one in PATH":                      {Finder{Look: at("/bin/aws")}, "aws", "/bin/aws", 0},
		"one that is not there":            {Finder{GOOS: "linux", Look: missing}, "aws", "aws: command not found", NotFound},
		"a file that cannot run":           {Finder{GOOS: "linux", Path: dir, Look: missing}, "notes", plain + ": not executable", CannotRun},
		"here, and . is in PATH":           {Finder{GOOS: "linux", Look: here("./aws")}, "aws", "./aws", 0},
		"on Windows, here only":            {Finder{GOOS: "windows", Path: "relative", Look: here(`.\aws.exe`)}, "aws", "aws: there is one in this directory only", NotFound},
		"on Windows, a script":             {Finder{GOOS: "windows", Look: at("x.ps1")}, "x", "x is a script, which Windows cannot run by itself", CannotRun},
		"elsewhere, a script is like any":  {Finder{GOOS: "linux", Look: at("x.ps1")}, "x", "x.ps1", 0},
		"on Windows, a command of a shell": {Finder{GOOS: "windows", Look: missing}, "dir", "dir: command not found", NotFound},
	} {
		got, _, err := c.finder.Find(c.word)
		if err != nil {
			got = err.Error()
		}
		if got != c.want || fault.KindOf(err) != c.kind {
			t.Errorf("%s: %q, status %d", name, got, fault.KindOf(err))
		}
	}
}

func TestAShellInWhichAPersonTypes(t *testing.T) {
	for line, want := range map[string]bool{
		"/bin/bash": true, "/usr/bin/zsh -i -l": true, "/bin/bash --login": true, "/bin/bash script": false, "/bin/bash -c x": false, "/bin/bash -lc x": false,
		"/bin/pwsh --Command x": false, "/usr/bin/python3": false, "": false,
	} {
		program, words, _ := strings.Cut(line, " ")
		if got := Typed(program, strings.Fields(words)); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

func TestTheIndicatorOfAShellWithoutAHook(t *testing.T) {
	for _, c := range []struct {
		shell, profile string
		vars           env.Vars
		want           string
	}{
		{"/bin/dash", "dev", env.Vars{}, "A=b PS1=(dev) $ "},
		{"/bin/dash", "dev", env.Vars{"PS1": "> "}, "A=b PS1=(dev) > "},
		{`/w/cmd.exe`, "dev", env.Vars{}, "A=b PROMPT=(dev) $P$G"},
		{"/bin/zsh", "dev", env.Vars{}, "A=b PS1=old"},
		{"/bin/dash", "$(rm)", env.Vars{}, "A=b PS1=old"},
		{"/bin/dash", "dev", env.Vars{"AWS_VAULT_INDICATOR": "off"}, "A=b PS1=old"},
	} {
		got := strings.Join(Indicated([]string{"A=b", "PS1=old"}, c.vars, c.shell, c.profile), " ")
		if got = strings.Replace(got, "PS1=old PROMPT", "PROMPT", 1); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestAnEnvironmentWithAChange(t *testing.T) {
	given := []string{"Path=/bin", "=C:=x", "AWS_REGION=a", "AWS_PROFILE=p"}
	change := env.Change{{Action: env.Set, Name: "AWS_REGION", Value: "b"}, {Action: env.Unset, Name: "AWS_PROFILE"}, {Action: env.Set, Name: "PATH", Value: "/x"}}
	if got := strings.Join(Changed(given, change, false), " "); got != "Path=/bin =C:=x AWS_REGION=b PATH=/x" {
		t.Errorf("%q", got)
	}
	if got := strings.Join(Changed(given, change, true), " "); got != "=C:=x AWS_REGION=b PATH=/x" {
		t.Errorf("where names are the same in any case: %q", got)
	}
}

func TestWhichShellCalled(t *testing.T) {
	hooked := func(shell string) bool { return shell == "zsh" || shell == "xonsh" || shell == "powershell" }
	for _, c := range []struct{ goos, comm, parent, shell, want string }{
		{"linux", "zsh", "/bin/zsh", "/bin/sh", "zsh"},
		{"linux", "xonsh", "/usr/bin/python3", "/bin/zsh", "xonsh"},
		{"linux", "make", "/usr/bin/make", "/bin/zsh", "zsh"},
		{"darwin", "", "-zsh", "", "zsh"},
		{"linux", "make", "/usr/bin/make", "/bin/dash", "bash"},
		{"windows", "", `C:\W\cmd.exe`, "/bin/zsh", "cmd"},
		{"windows", "", `C:\W\explorer.exe`, "/bin/zsh", "powershell"},
	} {
		if got := Calling(c.goos, c.comm, c.parent, c.shell, hooked); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
