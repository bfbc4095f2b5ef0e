//go:build linux

package windows

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"awsvault/tests/need"
	"awsvault/tests/wine"
)

// A row is a line that the guides for Windows have people type, or one of its kind.
type row struct {
	line    string   // after aws-vault.exe; words are divided at blanks, but within '...'
	environ []string // besides that of all rows
	input   string
	dir     string
	status  int
	want    []string // all of it is printed
	not     []string
	cmd     bool // typed at cmd.exe: cmd /c "aws-vault ..."
}

const badKey = "AKIAIOSFODNN7EXAMPLE"

// The program is called aws-vault.exe, as in the guides; docs/windows.md has the same lines.
var rows = []row{
	{line: "--version", want: []string{"vault"}},
	{line: "add guide --env", environ: keys("AWS"), want: []string{"stored the key of guide in wincred"}},
	{line: "list", want: []string{"guide", "process"}},
	{line: "list --credentials", want: []string{"guide"}},
	{line: "exec guide -- aws sts get-caller-identity", want: []string{"<sts><get-caller-identity>", "AWS_VAULT=guide", "AWS_REGION=ap-southeast-2", "AWS_ACCESS_KEY_ID=ASIA"}},
	{line: "exec guide -- aws ec2 describe-instances --filters Name=tag:Env,Values=a,b '' 'a b' '\"q\"' C:\\dir\\", want: []string{`<ec2><describe-instances><--filters><Name=tag:Env,Values=a,b><><a b><"q"><C:\dir\>`}},
	{line: "exec reader -- aws s3 ls", want: []string{"<s3><ls>", "AWS_VAULT=reader", "AWS_ACCESS_KEY_ID=ASIA"}},
	{line: "exec guide -- aws exit 3", status: 3},
	{line: "exec guide -- aws cat", input: "piped\n", want: []string{"piped"}},
	// sam is a .cmd.
	{line: "exec guide --no-session -- sam deploy --stack 'a b' 'x&whoami' 'a|b' 'q\"q'", want: []string{`<deploy><--stack><a b><x&whoami><a|b><q"q>`, "AWS_ACCESS_KEY_ID=AKIA"}},
	{line: "login guide --stdout", want: []string{"http", "SigninToken"}},
	// Keys that AWS refuses, and the steps that the guide has for it.
	{line: "add refused --env", environ: []string{"AWS_ACCESS_KEY_ID=" + badKey, "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, want: []string{"stored the key of refused"}},
	{line: "exec refused -- aws s3 ls", status: 1, want: []string{"InvalidClientTokenId", "hint: "}},
	{line: "remove refused --force", want: []string{"refused"}},
	{line: "add refused --env", environ: keys("AWS"), want: []string{"stored the key of refused"}},
	{line: "exec refused -- aws s3 ls", want: []string{"<s3><ls>"}},
	// Over SSH.
	{line: "--backend=file add ssh --env", environ: keys("AWS"), want: []string{"stored the key of ssh in the encrypted file keystore"}},
	{line: "exec --backend=file ssh -- aws s3 ls", want: []string{"<s3><ls>", "AWS_VAULT=ssh"}},
	{line: "exec --server guide -- aws s3 ls", want: []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:"}, not: []string{"AWS_ACCESS_KEY_ID"}},
	{line: "exec guide", input: "echo in %AWS_VAULT%\r\nexit\r\n", want: []string{"in guide"}},

	// The failures of cases/windows.md that a line shows.
	{line: "--backend=file add casea --env", environ: keys("AWS"), want: []string{"stored the key of casea"}},
	{line: "--backend=file add CaseA --env", environ: keys("AWS"), status: 1, want: []string{`there is an item "casea"`}},
	{line: "--backend=file add nul --env", environ: keys("AWS"), status: 1, want: []string{"is the name of a device on Windows"}},
	{line: "--backend=file add dot. --env", environ: keys("AWS"), status: 1, want: []string{"ends in a dot"}},
	{line: "exec process -- aws s3 ls", status: 1, want: []string{"AssumeRoleWithWebIdentity", "InvalidIdentityToken"}}, // the process ran, with its quotes; the token is made up
	{line: "list --profiles", environ: []string{"AWS_CONFIG_FILE=~/.aws/config"}, want: []string{"guide", "process"}},
	{line: "list --profiles", environ: []string{`AWS_CONFIG_FILE=%USERPROFILE%\.aws\config`}, want: []string{"guide", "process"}},
	{line: "list", environ: []string{`AWS_CONFIG_FILE=%USERPROFILE%\.aws\utf16`}, status: 1, want: []string{"the text is UTF-16, which no AWS tool reads"}},
	{line: "exec guide -- here", dir: "project", status: 127, want: []string{"there is one in this directory only", `.\here`}},
	{line: `exec guide -- .\here x`, dir: "project", want: []string{"<x>"}},
	{line: "exec guide -- aws here", dir: "project", want: []string{"note: ", "<here>"}},
	{line: "exec guide -- script.ps1", dir: "project", status: 126, want: []string{"powershell -File"}},
	{line: "exec guide -- echo x", status: 127, want: []string{"cmd /c echo"}},
	{line: `exec guide -- .\script`, dir: "project", status: 126, want: []string{"powershell -File"}},
	{line: `exec guide -- .\folder`, dir: "project", status: 126, want: []string{"is a directory"}},
	{line: `exec guide -- .\bare`, dir: "project", status: 126, want: []string{"has no extension"}},
	{line: "use guide", cmd: true, status: 2, want: []string{"cmd.exe has no hook", "for /f", "vault init cmd"}},
	{line: "init cmd", want: []string{`doskey vault="C:\users\`, "vault.cmd", "clink_start.cmd"}},
	{line: "hooked.cmd", cmd: true, want: []string{"[guide] [(guide) $P$G]", "[] [$P$G]", "it failed"}},
	{line: "region eu-west-1", cmd: true, status: 2, want: []string{"-- region REGION"}},
	// No row for %: Wine 8 reads what it has put in for %* once more, which Windows does not.
}

func keys(prefix string) []string {
	return []string{prefix + "_ACCESS_KEY_ID=@ID@", prefix + "_SECRET_ACCESS_KEY=@SECRET@"}
}

func TestTheLinesOfTheGuides(t *testing.T) {
	m := newMachine(t)
	w := m.Wine
	w.Build("project/here.exe", "./testdata/show", "build")
	w.Build("project/aws.exe", "./testdata/show", "build")
	const hook = `call "%LOCALAPPDATA%\awsvault\cmd\vault.cmd" `
	w.Write("hooked.cmd", "@echo off\r\n"+hook+"use guide\r\necho [%AWS_VAULT%] [%PROMPT%]\r\n"+hook+"off\r\necho [%AWS_VAULT%] [%PROMPT%]\r\n"+hook+"use nosuch\r\nif errorlevel 1 echo it failed\r\nexit /b 0\r\n")
	w.Write("project/script.ps1", "'x'\r\n")
	w.Write("project/bare", "#!/bin/sh\n")
	w.Write("project/folder/x", "")
	m.writeHome(t, ".aws/config", "[profile guide]\r\nregion = ap-southeast-2\r\n[profile refused]\r\n[profile ssh]\r\n[profile reader]\r\nrole_arn = arn:aws:iam::111122223333:role/reader\r\nsource_profile = guide\r\n"+
		"[profile process]\r\nrole_arn = arn:aws:iam::111122223333:role/web\r\nweb_identity_token_process = \""+wine.Path(filepath.Join(w.Dir, "bin", "aws.exe"))+"\" \"a token\"\r\n")
	m.writeHome(t, ".aws/utf16", "\xff\xfe[\x00")
	for _, r := range rows {
		m.play(t, r)
	}
	m.userVariable(t)
	m.fromLinux(t)
	if m.Major() < 10 {
		return // each start of a program takes long, and the suites stage has Wine 10
	}
	for _, r := range rows { // the same, typed at cmd.exe
		if !r.cmd && !strings.Contains(r.line, "'") {
			r.cmd = true
			m.play(t, r)
		}
	}
}

// play runs a row, and looks what it prints.
func (m *machine) play(t *testing.T, r row) {
	t.Helper()
	fill := strings.NewReplacer("@ID@", m.example.AccessKeyID, "@SECRET@", m.example.SecretAccessKey)
	call := wine.Call{Dir: filepath.Join(m.Dir, r.dir), Input: r.input, Environ: m.environ}
	for _, entry := range r.environ {
		call.Environ = append(call.Environ[:len(call.Environ):len(call.Environ)], fill.Replace(entry))
	}
	name, out, status := r.line, "", 0
	if r.cmd {
		line := "aws-vault " + r.line
		if strings.HasSuffix(r.line, ".cmd") {
			line = wine.Path(filepath.Join(m.Dir, r.line))
		}
		name = "cmd /c " + line
		out, status = m.Run(call, "cmd", "/c", line)
	} else {
		out, status = m.Run(call, m.program, words(r.line)...)
	}
	if status != r.status {
		t.Errorf("%s: status %d, want %d\n%s", name, status, r.status, out)
	}
	for _, want := range r.want {
		if !strings.Contains(out, want) {
			t.Errorf("%s: no %q in:\n%s", name, want, out)
		}
	}
	for _, not := range r.not {
		if strings.Contains(out, not) {
			t.Errorf("%s: %q is in:\n%s", name, not, out)
		}
	}
	if strings.Contains(out, m.example.SecretAccessKey) {
		t.Errorf("%s: the secret is printed", name)
	}
}

// A variable of the user's, as [Environment]::SetEnvironmentVariable(..., "User") and setx
// keep it: in the registry. The next window has it.
func (m *machine) userVariable(t *testing.T) {
	t.Helper()
	const key = `HKCU\Environment`
	if out, status := m.Run(wine.Call{}, "reg", "add", key, "/v", "AWS_VAULT_BACKEND", "/t", "REG_SZ", "/d", "file", "/f"); status != 0 {
		t.Fatalf("reg: %s", out)
	}
	call := wine.Call{Environ: []string{"AWS_VAULT_FILE_PASSPHRASE=correct horse", "AWS_ACCESS_KEY_ID=" + m.example.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + m.example.SecretAccessKey}}
	if out, status := m.Run(call, m.program, "add", "registry", "--env"); status != 0 || !strings.Contains(out, "stored the key of registry in the encrypted file keystore") {
		t.Errorf("with a variable of the user's: status %d\n%s", status, out)
	}
	m.Run(wine.Call{}, "reg", "delete", key, "/v", "AWS_VAULT_BACKEND", "/f")
	if out, _ := m.Run(call, m.program, "remove", "registry", "--force", "--backend=file"); !strings.Contains(out, "registry") {
		t.Errorf("remove: %s", out)
	}
}

// What WSL does: a program of Linux calls vault.exe by credential_process.
func (m *machine) fromLinux(t *testing.T) {
	t.Helper()
	if m.Major() > 8 || !need.Has(t, "aws", "awscli") {
		return // the chroot of Wine 10 has no AWS CLI
	}
	// Variables of Linux go over by WSLENV only.
	wsl := m.Write("mnt/c/tools/aws-vault.exe", "#!/bin/sh\nexec env -u AWS_CONFIG_FILE -u HOME \""+m.Loader()+"\" \""+m.program+"\" \"$@\"\n")
	if err := os.Chmod(wsl, 0o700); err != nil {
		t.Fatal(err)
	}
	config := m.Write("linux/config", "[profile wsl]\nregion = eu-west-1\ncredential_process = "+wsl+" credential-process guide\n")
	bounded, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(bounded, "aws", "sts", "get-caller-identity", "--profile", "wsl", "--endpoint-url", m.url)
	cmd.Env = append(append(slices.Clone(m.Environ), m.environ...), "HOME="+filepath.Join(m.Dir, "linux"), "AWS_CONFIG_FILE="+config)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"Account": "111122223333"`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// words divides a line at blanks, but within '...'.
func words(line string) (list []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}
